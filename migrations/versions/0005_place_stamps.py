"""A stamp for each place, drawn anew whenever a fact about it changes.

A process keeps what hardly ever changes (hours, closures, rooms, permissions, outages,
sittings, hearing types, rules about the mode) and asks only for the stamps. The triggers draw them, so whoever
writes, everybody notices, and notices no sooner than the change itself can be seen.

A stamp is drawn, not counted: a number that a transaction counted up to and then rolled back would
be reached again by the next one, with other facts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNTRY = 0
"""The place that stands for what is the same everywhere; no site has this id."""

PLACES = {
    "site": "{row}.id",
    "opening_window": "{row}.site_id",
    "closure": "{row}.site_id",
    "resource": "{row}.site_id",
    "permission": "(SELECT site_id FROM resource WHERE id = {row}.resource_id)",
    "outage": "(SELECT site_id FROM resource WHERE id = {row}.resource_id)",
    "sitting": "{row}.court_id",
    "hearing_type": f"{COUNTRY} + 0 * length({{row}}.code)",
    "mode_rule": f"{COUNTRY} + 0 * {{row}}.id",
}
"""Each table whose rows are kept, and the place that a row says something about: nothing for a
row that is not there, and for a person, who is a resource without a site."""

DRAW = {
    "sqlite": "random()",
    "postgresql": "hashtextextended(gen_random_uuid()::text, 0)",
}
STAMP = """
    INSERT INTO place_stamp (place_id, stamp)
    SELECT place, {draw} FROM ({places}) AS changed WHERE place IS NOT NULL ORDER BY place
    ON CONFLICT (place_id) DO UPDATE SET stamp = excluded.stamp;"""
ROWS = {"insert": ("NEW",), "update": ("NEW", "OLD"), "delete": ("OLD",)}


def _stamp(engine: str, table: str, rows: tuple[str, ...]) -> str:
    places = " UNION ".join(f"SELECT {PLACES[table].format(row=row)} AS place" for row in rows)
    return STAMP.format(draw=DRAW[engine], places=places)


def create_sqlite_stamps() -> None:
    """Create every trigger; SQLite names them after the table and the event."""
    for table in PLACES:
        for event, rows in ROWS.items():
            op.execute(
                f"CREATE TRIGGER {table}_stamps_{event} AFTER {event} ON {table}"
                f" BEGIN {_stamp('sqlite', table, rows)} END"
            )


def create_postgresql_stamps() -> None:
    """Create a trigger for each table; emptying a table stamps every place."""
    every = f"UPDATE place_stamp SET stamp = {DRAW['postgresql']}"
    op.execute(
        "CREATE FUNCTION stamp_every_place() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {every}; RETURN NULL; END $$"
    )
    for table in PLACES:
        op.execute(
            f"CREATE FUNCTION {table}_stamps() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {_stamp('postgresql', table, ('NEW', 'OLD'))} RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stamps AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_stamps()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stamps_truncate AFTER TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION stamp_every_place()"
        )


def upgrade() -> None:
    engine = op.get_bind().dialect.name
    op.create_table(
        "place_stamp",
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", name="pk_place_stamp"),
    )
    op.execute(
        f"INSERT INTO place_stamp (place_id, stamp) SELECT id, {DRAW[engine]} FROM site"
        f" UNION ALL SELECT {COUNTRY}, {DRAW[engine]}"
    )
    if engine == "postgresql":
        create_postgresql_stamps()
    else:
        create_sqlite_stamps()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in PLACES:
            op.execute(f"DROP TRIGGER {table}_stamps_truncate ON {table}")
            op.execute(f"DROP TRIGGER {table}_stamps ON {table}")
            op.execute(f"DROP FUNCTION {table}_stamps()")
        op.execute("DROP FUNCTION stamp_every_place()")
    else:
        for table in PLACES:
            for event in ROWS:
                op.execute(f"DROP TRIGGER {table}_stamps_{event}")
    op.drop_table("place_stamp")
