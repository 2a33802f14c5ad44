"""Holds, custody stays and sittings never overlap; the audit is append-only.

The exclusion constraints use int4range(id, id) WITH && so that PostgreSQL needs no extension.
SQLite has no exclusion constraints: triggers of the same names refuse the same rows. A hold lasts
at most a day, and so does a sitting, which lets the trigger look back a bounded way, so its cost does not grow with
history. A later batch operation on one of these tables on SQLite silently drops its triggers:
such a migration must call `create_sqlite_rules` again (tests/models/test_rules.py would fail).
"""

from alembic import op

revision = "0002"
down_revision = "0001d"
branch_labels = None
depends_on = None

POSTGRESQL = [
    """ALTER TABLE hold ADD CONSTRAINT hold_never_overlaps EXCLUDE USING gist (
        int4range(resource_id, resource_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    ) WHERE (is_exclusive)""",
    """ALTER TABLE hold ADD CONSTRAINT hold_within_a_day
        CHECK (ends_at <= starts_at + interval '24 hours')""",
    """ALTER TABLE custody_stay ADD CONSTRAINT custody_stay_never_overlaps EXCLUDE USING gist (
        int4range(person_id, person_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    )""",
    """ALTER TABLE sitting ADD CONSTRAINT sitting_never_overlaps EXCLUDE USING gist (
        int4range(courtroom_id, courtroom_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    )""",
    """ALTER TABLE sitting ADD CONSTRAINT sitting_within_a_day
        CHECK (ends_at <= starts_at + interval '25 hours')""",
    """CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit_event_append_only'; END $$""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_append_only()""",
]

HOLD_RULE = """
CREATE TRIGGER hold_never_overlaps_{event} BEFORE {event} ON hold WHEN NEW.is_exclusive
BEGIN
    SELECT RAISE(ABORT, 'hold_within_a_day')
    WHERE julianday(NEW.ends_at) - julianday(NEW.starts_at) > 1.00001;
    SELECT RAISE(ABORT, 'hold_never_overlaps')
    WHERE EXISTS (
        SELECT 1 FROM hold
        WHERE resource_id = NEW.resource_id AND is_exclusive
          AND starts_at < NEW.ends_at
          AND starts_at > datetime(NEW.starts_at, '-25 hours')
          AND ends_at > NEW.starts_at
          AND (NEW.id IS NULL OR id <> NEW.id)
    );
END"""

STAY_RULE = """
CREATE TRIGGER custody_stay_never_overlaps_{event} BEFORE {event} ON custody_stay
BEGIN
    SELECT RAISE(ABORT, 'custody_stay_never_overlaps')
    WHERE EXISTS (
        SELECT 1 FROM custody_stay
        WHERE person_id = NEW.person_id
          AND (NEW.ends_at IS NULL OR starts_at < NEW.ends_at)
          AND (ends_at IS NULL OR ends_at > NEW.starts_at)
          AND (NEW.id IS NULL OR id <> NEW.id)
    );
END"""

SITTING_RULE = """
CREATE TRIGGER sitting_never_overlaps_{event} BEFORE {event} ON sitting
BEGIN
    SELECT RAISE(ABORT, 'sitting_within_a_day')
    WHERE julianday(NEW.ends_at) - julianday(NEW.starts_at) > 25.0 / 24 + 0.00001;
    SELECT RAISE(ABORT, 'sitting_never_overlaps')
    WHERE EXISTS (
        SELECT 1 FROM sitting
        WHERE courtroom_id = NEW.courtroom_id
          AND starts_at < NEW.ends_at
          AND starts_at > datetime(NEW.starts_at, '-26 hours')
          AND ends_at > NEW.starts_at
          AND (NEW.id IS NULL OR id <> NEW.id)
    );
END"""

AUDIT_RULE = """
CREATE TRIGGER audit_event_append_only_{event} BEFORE {event} ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit_event_append_only');
END"""


def create_sqlite_rules() -> None:
    """Create every trigger; SQLite names them after the rule and the event."""
    for event in ("insert", "update"):
        op.execute(HOLD_RULE.format(event=event))
        op.execute(STAY_RULE.format(event=event))
        op.execute(SITTING_RULE.format(event=event))
    for event in ("update", "delete"):
        op.execute(AUDIT_RULE.format(event=event))


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
    else:
        create_sqlite_rules()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_event_append_only ON audit_event")
        op.execute("DROP FUNCTION audit_event_append_only()")
        op.execute("ALTER TABLE sitting DROP CONSTRAINT sitting_within_a_day")
        op.execute("ALTER TABLE sitting DROP CONSTRAINT sitting_never_overlaps")
        op.execute("ALTER TABLE custody_stay DROP CONSTRAINT custody_stay_never_overlaps")
        op.execute("ALTER TABLE hold DROP CONSTRAINT hold_within_a_day")
        op.execute("ALTER TABLE hold DROP CONSTRAINT hold_never_overlaps")
        return
    for rule in ("hold_never_overlaps", "custody_stay_never_overlaps", "sitting_never_overlaps"):
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER {rule}_{event}")
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER audit_event_append_only_{event}")
