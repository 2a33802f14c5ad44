"""The doctor's look at the machine: clocks, zone data, database rules, schema, gateway, keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, func, literal, select, text
from sqlalchemy.orm import Session

from avl import clock
from avl.config import ROOT, Settings, missing_for_twilio
from avl.domain.errors import DomainError
from avl.domain.local_time import to_local
from avl.models import Base
from avl.queries.database_time import database_now
from avl.queries.finding import Finding, findings
from avl.queries.sending import find_pause
from avl.queries.stamps import STAMPED

Probe = tuple[str, datetime, timedelta]
"""A zone, an instant, and the distance from UTC that the law sets for it then."""

MOST_CLOCK_SKEW = timedelta(seconds=5)

STANDARD_TIME = {
    "Pacific/Auckland": timedelta(hours=12),
    "Pacific/Chatham": timedelta(hours=12, minutes=45),
}
"""Distance from UTC outside daylight time.

Source: Time Act 1974 ss 3-4; New Zealand Daylight Time Order 2007: one hour more from 2 am on
the last Sunday of September to 3 am on the first Sunday of April, at one instant everywhere.
"""

RULES = {
    "postgresql": (
        "hold_never_overlaps",
        "hold_within_a_day",
        "custody_stay_never_overlaps",
        "sitting_never_overlaps",
        "sitting_within_a_day",
        "audit_event_append_only",
    ),
    "sqlite": (
        *("hold_never_overlaps_insert", "hold_never_overlaps_update"),
        *("custody_stay_never_overlaps_insert", "custody_stay_never_overlaps_update"),
        *("sitting_never_overlaps_insert", "sitting_never_overlaps_update"),
        *("audit_event_append_only_update", "audit_event_append_only_delete"),
    ),
}
"""The rules that migrations give the database by hand; the tables' own CHECKs come on top."""

STAMPS = {
    "postgresql": tuple(f"{table}_stamps" for table in STAMPED),
    "sqlite": tuple(
        f"{table}_stamps_{event}" for table in STAMPED for event in ("insert", "update", "delete")
    ),
}
"""The triggers without which a process would go on using what it has kept."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database says of itself.

    Attributes:
        names: of its tables, triggers and (PostgreSQL) constraints.
        schema: its tables as they were made, in which SQLite keeps the names of its checks.
    """

    names: frozenset[str]
    schema: str

    def has_check(self, name: str) -> bool:
        """Whether a check stands on some table."""
        return name in self.names or f"CONSTRAINT {name} " in self.schema


def read_catalogue(session: Session) -> Catalogue:
    """Read the database's own lists (1 query)."""
    if _engine(session) == "sqlite":
        known = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')"
        rows = session.execute(text(known)).all()
        return Catalogue(frozenset(row.name for row in rows), "\n".join(row.sql for row in rows))
    names = (
        "SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger"
        " UNION SELECT tablename FROM pg_tables"
    )
    return Catalogue(frozenset(session.execute(text(names)).scalars()), "")


def examine_time(session: Session) -> list[Finding]:
    """Compare clocks, and prove that zone data, here and in PostgreSQL, changes as the law does."""
    probes = [
        (zone, at, offset)
        for zone in STANDARD_TIME
        for year in (clock.now().year, clock.now().year + 1)
        for at, offset in _changes(zone, year)
    ]
    there, told = _asked_of_database(session, probes)
    skew = abs(clock.now() - there)
    slow = []
    if skew > MOST_CLOCK_SKEW:
        what = f"This machine's clock and the database's differ by {skew.total_seconds():.0f} s."
        slow.append((what, "Set both machines to keep time by the same time server."))
    wrong = [
        (
            f"Zone data here is wrong: {zone} at {at:%Y-%m-%d %H:%M} UTC is {seen}"
            f" from UTC, and should be {offset}.",
            "Install the current tzdata package.",
        )
        for zone, at, offset in probes
        if (seen := _offset_here(zone, at)) != offset
    ]
    wrong.extend(_wrong_zones_there(probes, told))
    return [
        *findings("clock", slow, "This machine and the database agree on the time."),
        *findings("clock", wrong, "Zone data is right to the end of next year."),
    ]


def examine_rules(session: Session, catalogue: Catalogue | None = None) -> list[Finding]:
    """Look for each rule by its name: triggers, exclusion constraints and checks."""
    catalogue = catalogue or read_catalogue(session)
    there = catalogue.names
    missing = [name for name in _checks() if not catalogue.has_check(name)]
    missing += [name for name in RULES[_engine(session)] if name not in there]
    unheard = [name for name in STAMPS[_engine(session)] if name not in there]
    mend = "Restore the rule: see migrations/versions, or restore from a backup."
    return findings(
        "database",
        [
            *(
                (f"The database rule {name} is missing, so nothing stops what it forbids.", mend)
                for name in missing
            ),
            *(
                (f"The trigger {name} is missing, so a change of its table goes unnoticed.", mend)
                for name in unheard
            ),
        ],
        "Every rule that guards against double booking is in the database.",
    )


def examine_schema(session: Session, catalogue: Catalogue) -> list[Finding]:
    """Compare the database's migrations with those of this version."""
    there: set[str] = set()
    if "alembic_version" in catalogue.names:
        there.update(session.scalars(text("SELECT version_num FROM alembic_version")))
    newest = set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
    missing = []
    if there != newest:
        said = ", ".join(sorted(there)) or "none"
        what = f"The database is at migration {said}, this version needs {', '.join(newest)}."
        missing.append((what, "Run: flask db upgrade"))
    return findings("database", missing, "The database is at the newest migration.")


def examine_gateway(settings: Settings) -> list[Finding]:
    """Say whether text messages can leave, and whether their receipts can come back."""
    host = urlsplit(settings.public_base_url).hostname or ""
    missing = []
    if settings.sms_gateway == "twilio":
        for name in missing_for_twilio(settings):
            missing.append((f"Text messages cannot be sent: {name} is not set.", f"Set {name}."))
        if not settings.is_secure or host in ("localhost", "127.0.0.1"):
            what = "Twilio cannot report back whether a message arrived: our address is not public."
            missing.append((what, "Set AVL_PUBLIC_BASE_URL to the public https:// address."))
        return findings("gateway", missing, "Text messages leave through Twilio.")
    if settings.is_secure:
        what = "Text messages are only shown on this machine; no telephone receives them."
        missing.append((what, "Set AVL_SMS_GATEWAY=twilio and the TWILIO_ settings."))
    return findings("gateway", missing, "Text messages are shown at /dev/phone; none leaves.")


def examine_sending(session: Session) -> list[Finding]:
    """Say whether texts are kept back. The tables are there: the schema was examined first."""
    pause = find_pause(session)
    if pause is None:
        return [Finding("gateway", True, "Text messages may leave: sending is not paused.")]
    what = f"Sending is paused, so no text message leaves. {pause.why}"
    return [Finding("gateway", False, what, "When all is put right: flask avl resume-sending")]


def examine_keys(settings: Settings) -> list[Finding]:
    """Say whether the key that signs sign-ins is long and varied enough to be a secret."""
    key = settings.secret_key
    missing = []
    if len(key) < 32:
        missing.append(
            ("The secret key is too short.", "Set AVL_SECRET_KEY to 32 characters or more.")
        )
    elif len(set(key)) < 8 and not settings.testing:
        missing.append(("The secret key is easy to guess.", "Set AVL_SECRET_KEY to random text."))
    return findings("keys", missing, "The secret key is set.")


def _engine(session: Session) -> str:
    return session.connection().dialect.name


def _checks() -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint) and constraint.name:
                yield str(constraint.name)


def _changes(zone: str, year: int) -> Iterator[tuple[datetime, timedelta]]:
    """Return the minute before and the moment of each change of a year, with the offset due."""
    standard = STANDARD_TIME[zone]
    daylight = standard + timedelta(hours=1)
    april, september = date(year, 4, 7), date(year, 9, 30)
    for sunday, before, after in (
        (_sunday_by(april), daylight, standard),
        (_sunday_by(september), standard, daylight),
    ):
        # 2 am standard time in Auckland is 2 pm UTC on the Saturday.
        saturday = sunday - timedelta(days=1)
        change = datetime(saturday.year, saturday.month, saturday.day, 14, tzinfo=UTC)
        yield change - timedelta(minutes=1), before
        yield change, after


def _sunday_by(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _offset_here(zone: str, at: datetime) -> timedelta | None:
    try:
        return to_local(at, zone).utcoffset()
    except DomainError:
        return None


def _asked_of_database(
    session: Session, probes: list[Probe]
) -> tuple[datetime, Sequence[datetime]]:
    """The present by the database, and of PostgreSQL the local time of each probe (1 query)."""
    if _engine(session) == "sqlite":
        return database_now(session), ()
    asked: list[Any] = [
        func.timezone(zone, literal(at)).label(f"probe_{number}")
        for number, (zone, at, _) in enumerate(probes)
    ]
    now, *told = session.execute(select(func.clock_timestamp(), *asked)).one()
    return clock.now() if clock.is_held() else now.astimezone(UTC), told


def _wrong_zones_there(probes: list[Probe], told: Sequence[datetime]) -> Iterator[tuple[str, str]]:
    """Compare the local times PostgreSQL told, if any, with the law's."""
    for (zone, at, offset), wall in zip(probes, told, strict=False):
        seen = wall.replace(tzinfo=UTC) - at
        if seen != offset:
            yield (
                f"PostgreSQL's zone data is wrong: {zone} at {at:%Y-%m-%d %H:%M} UTC is {seen}"
                f" from UTC, and should be {offset}.",
                "Install the current tzdata on the database machine and restart PostgreSQL.",
            )
