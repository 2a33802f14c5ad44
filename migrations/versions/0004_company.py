"""Who is present where, and the rules about company that hold whoever writes.

A person is in a site's AVL area from being fetched (the site's pick-up minutes before the first
leg) to the end of the last leg. A movement is being fetched, or being taken back, which lasts as
long. The rules are triggers on both engines, and refuse what `avl/domain/separation.py` refuses.

On PostgreSQL two transactions do not see each other's rows, so each rule first locks what two
bookings that could break it have in common: the keep-apart row, or the site. Adults at a site
that separates the young share its lock, so that they do not wait for each other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written once for both engines: {s(x)} is a moment in seconds, {m} the site's pick-up in seconds.
# The bounds on present_from are what the index is used with; no booking lasts longer than a day.
NEAR = """one.site_id = NEW.site_id AND one.present_from > {new_from_early}
    AND one.present_from < {new_to_late} AND one.id <> NEW.id"""
TOGETHER = """{new_from} - site.pickup_minutes * 60 < {one_to}
    AND {one_from} - site.pickup_minutes * 60 < {new_to}"""
RULES = {
    # In this order, pairs first, and not by site: SQLite, which has no statistics, would go through
    # all who were ever at the site to find nobody among them whom anybody is kept apart from.
    "appearance_kept_apart": """
        SELECT 1 FROM keep_apart AS pair CROSS JOIN appearance AS one CROSS JOIN site
        WHERE (pair.first_id = NEW.person_id OR pair.second_id = NEW.person_id)
        AND pair.ended_at IS NULL AND one.person_id =
            CASE WHEN pair.first_id = NEW.person_id THEN pair.second_id ELSE pair.first_id END
        AND one.site_id + 0 = NEW.site_id AND site.id = NEW.site_id
        AND one.present_from IS NOT NULL AND one.id <> NEW.id
        AND ((pair.other_site_too AND one.present_on = NEW.present_on) OR (
            {new_from} - site.pickup_minutes * 60 < {one_to} + pair.gap_minutes * 60
            AND {one_from} - site.pickup_minutes * 60 < {new_to} + pair.gap_minutes * 60))""",
    "appearance_young_apart": f"""
        SELECT 1 FROM site JOIN appearance AS one ON {NEAR}
        WHERE site.id = NEW.site_id AND site.separates_youth
        AND one.is_young <> NEW.is_young AND {TOGETHER}""",
    "appearance_remand_apart": f"""
        SELECT 1 FROM site JOIN appearance AS one ON {NEAR}
        WHERE site.id = NEW.site_id AND site.separates_remand
        AND one.is_sentenced <> NEW.is_sentenced AND {TOGETHER}""",
    # The most are on the move at once when one of them sets out: at each such moment within the
    # new one's own movements (it is among them), all that are on the move are counted.
    "appearance_escorts_busy": """
        SELECT 1 FROM site JOIN {moves} AS mover ON mover.site_id = site.id
        WHERE site.id = NEW.site_id AND site.escort_capacity IS NOT NULL
        AND mover.present_from > {new_from_early} AND mover.present_from < {new_to_late}
        AND ((mover.sets_out >= {new_from} - site.pickup_minutes * 60
                AND mover.sets_out < {new_from})
            OR (mover.sets_out >= {new_to}
                AND mover.sets_out < {new_to} + site.pickup_minutes * 60))
        AND (SELECT count(*) FROM {moves} AS other WHERE other.site_id = NEW.site_id
            AND other.present_from > {new_from_early} AND other.present_from < {new_to_late}
            AND other.sets_out <= mover.sets_out
            AND other.sets_out + site.pickup_minutes * 60 > mover.sets_out
        ) > site.escort_capacity""",
}
MOVES = """(SELECT one.site_id, one.present_from,
        {one_from} - there.pickup_minutes * 60 AS sets_out
    FROM appearance AS one JOIN site AS there ON there.id = one.site_id
    WHERE one.present_from IS NOT NULL
    UNION ALL SELECT one.site_id, one.present_from, {one_to}
    FROM appearance AS one WHERE one.present_from IS NOT NULL)"""
SQLITE = {
    "new_from": "CAST(strftime('%s', NEW.present_from) AS INTEGER)",
    "new_to": "CAST(strftime('%s', NEW.present_to) AS INTEGER)",
    "one_from": "CAST(strftime('%s', one.present_from) AS INTEGER)",
    "one_to": "CAST(strftime('%s', one.present_to) AS INTEGER)",
    "new_from_early": "datetime(NEW.present_from, '-2 days')",
    "new_to_late": "datetime(NEW.present_to, '+1 day')",
}
POSTGRESQL = {
    "new_from": "extract(epoch FROM NEW.present_from)",
    "new_to": "extract(epoch FROM NEW.present_to)",
    "one_from": "extract(epoch FROM one.present_from)",
    "one_to": "extract(epoch FROM one.present_to)",
    "new_from_early": "NEW.present_from - interval '2 days'",
    "new_to_late": "NEW.present_to + interval '1 day'",
}
LOCKS = """
    PERFORM 1 FROM keep_apart
    WHERE ended_at IS NULL AND (first_id = NEW.person_id OR second_id = NEW.person_id)
    ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM site WHERE id = NEW.site_id AND (escort_capacity IS NOT NULL
        OR separates_remand OR (separates_youth AND NEW.is_young))) THEN
        PERFORM 1 FROM site WHERE id = NEW.site_id FOR NO KEY UPDATE;
    ELSIF EXISTS (SELECT 1 FROM site WHERE id = NEW.site_id AND separates_youth) THEN
        PERFORM 1 FROM site WHERE id = NEW.site_id FOR SHARE;
    END IF;"""
WATCHED = "present_from, present_to, site_id"


def _wrong(rule: str, spelt: dict[str, str]) -> str:
    """The rows that show a rule to be broken, in one engine's words."""
    return RULES[rule].format(**spelt, moves=MOVES.format(**spelt))


def create_sqlite_rules() -> None:
    """Create every trigger; SQLite names them after the rule and the event."""
    for rule in RULES:
        for event, on in (("insert", "INSERT"), ("update", f"UPDATE OF {WATCHED}")):
            op.execute(
                f"CREATE TRIGGER {rule}_{event} AFTER {on} ON appearance"
                " WHEN NEW.present_from IS NOT NULL BEGIN"
                f" SELECT RAISE(ABORT, '{rule}') WHERE EXISTS ({_wrong(rule, SQLITE)}); END"
            )


def create_postgresql_rules() -> None:
    """Create one trigger that locks once and then asks every rule."""
    checks = "".join(
        f"IF EXISTS ({_wrong(rule, POSTGRESQL)}) THEN RAISE EXCEPTION '{rule}'"
        f" USING ERRCODE = 'exclusion_violation', CONSTRAINT = '{rule}'; END IF;\n"
        for rule in RULES
    )
    op.execute(
        "CREATE FUNCTION appearance_company() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {LOCKS}\n{checks} RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER appearance_company AFTER INSERT OR UPDATE OF {WATCHED} ON appearance"
        " FOR EACH ROW WHEN (NEW.present_from IS NOT NULL) EXECUTE FUNCTION appearance_company()"
    )


def upgrade() -> None:
    # Columns are added in place: on SQLite a batch would copy the table and drop its triggers.
    for column in (
        sa.Column("present_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("present_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("present_on", sa.Date(), nullable=True),
        sa.Column("is_young", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_sentenced", sa.Boolean(), nullable=True),
    ):
        op.add_column("appearance", column)
    op.create_index("ix_appearance_present", "appearance", ["site_id", "present_from"])
    op.create_index(
        "ix_appearance_young",
        "appearance",
        ["site_id", "present_from"],
        sqlite_where=sa.text("is_young"),
        postgresql_where=sa.text("is_young"),
    )
    if op.get_bind().dialect.name == "postgresql":
        create_postgresql_rules()
    else:
        create_sqlite_rules()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER appearance_company ON appearance")
        op.execute("DROP FUNCTION appearance_company()")
    else:
        for rule in RULES:
            for event in ("insert", "update"):
                op.execute(f"DROP TRIGGER {rule}_{event}")
    op.drop_index("ix_appearance_young", "appearance")
    op.drop_index("ix_appearance_present", "appearance")
    for name in ("is_sentenced", "is_young", "present_on", "present_to", "present_from"):
        op.drop_column("appearance", name)
