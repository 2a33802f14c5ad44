"""How SQLite, which has no statistics, goes about a rule: past what only grows with the years."""

from __future__ import annotations

from sqlalchemy import text

SOMEBODY = dict.fromkeys(
    ("id", "person_id", "site_id", "present_from", "present_to", "present_on"), 1
)


def test_rule_about_pairs_looks_for_the_other_person_and_not_through_the_site(session):
    trigger = session.scalar(
        text("SELECT sql FROM sqlite_master WHERE name = 'appearance_kept_apart_insert'")
    )
    asked = trigger[trigger.index("EXISTS (") + len("EXISTS (") : trigger.rindex("); END")]
    plan = session.execute(text(f"EXPLAIN QUERY PLAN {asked.replace('NEW.', ':')}"), SOMEBODY).all()

    steps = [row.detail for row in plan]
    assert "SEARCH one USING INDEX ix_appearance_person (person_id=?)" in steps
    assert not [step for step in steps if "ix_appearance_present" in step]
