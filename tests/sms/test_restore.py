"""Backup and restore: whole or not at all, and nobody is told twice because of it."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select, text, update

from avl.commands import backups, pg_tools
from avl.commands.backups import BackupRefused, back_up
from avl.commands.restoring import restore
from avl.commands.sending import resume_sending
from avl.commands.sms import claim_one
from avl.domain.access import SYSTEM
from avl.domain.errors import DomainError
from avl.domain.sms import TIMING, SmsKind, SmsState
from avl.jobs.dispatch import deliver_due
from avl.jobs.reconcile import settle_doubts
from avl.models import AuditEvent, Booking, Counsel, Sms, db
from avl.queries.audit import verify_audit
from avl.queries.sending import find_pause
from tests import make
from tests.sms.carrying import FRIDAY, tell

both = pytest.mark.both_databases


@pytest.fixture
def file(tmp_path):
    return tmp_path / "avl.backup"


@pytest.fixture
def four(session, clock):
    """Four counsel, each with one text that is due now."""
    for hour in range(10, 14):
        at = make.during(f"{hour}:00", f"{hour}:30", on=FRIDAY)
        counsel = make.counsel(mobile=f"+6421123450{hour - 10}")
        tell(make.booking(by=counsel, hearing=at, is_published=False).id)


def booked() -> list[str]:
    db.session.rollback()
    texts = select(Sms.state).where(Sms.kind == SmsKind.BOOKED).order_by(Sms.id)
    return list(db.session.scalars(texts))


@both
def test_nobody_is_told_twice_after_a_restore_and_nobody_is_left_out(
    four, file, shift, gateway, clock
):
    back_up(file)
    assert deliver_due(shift) == 4
    # The fourth was asked for and the provider never had it.
    lost = gateway.requests[3].to
    gateway.kept.pop(lost)

    restored = restore(file, by=SYSTEM, replace=True)

    assert (restored.bookings, restored.audit_faults) == (4, [])
    assert (deliver_due(shift), booked()) == (0, ["pending"] * 4)
    kept = resume_sending(by=SYSTEM)
    assert (kept.to_look_for, kept.past) == (4, 0)
    assert (deliver_due(shift), booked()) == (0, ["doubt"] * 4)
    for wait in (TIMING.settle, TIMING.between_lists):
        clock.forward(seconds=wait.total_seconds())
        settle_doubts(shift)
    assert deliver_due(shift) == 1
    assert [request.to for request in gateway.requests].count(lost) == 2
    assert (len(gateway.requests), booked()) == (5, ["accepted"] * 4)


@both
def test_text_on_its_way_when_the_backup_was_made_comes_back_in_doubt(booking, file):
    claim_one(owner="worker-1")
    back_up(file)

    restore(file, by=SYSTEM, replace=True)

    assert booked() == [SmsState.DOUBT]
    assert find_pause(db.session()) is not None


@both
def test_backup_while_others_write_is_one_moment_of_the_database(app, session, file):
    going_on = threading.Event()
    written = []

    def write() -> None:
        with app.app_context():
            while not going_on.is_set():
                make.counsel(f"Number {len(written)}")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        back_up(file)
    finally:
        going_on.set()
        writer.join()
    db.session.rollback()

    restore(file, by=SYSTEM)

    back = db.session.scalar(select(func.count()).select_from(Counsel))
    assert back <= len(written)
    assert verify_audit(db.session()) == []


@both
def test_restore_into_an_empty_database_brings_everything_and_notes_itself(booking, file, session):
    reference = booking.reference
    back_up(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    _empty(session)

    restored = restore(file, by=SYSTEM)

    assert restored.bookings == 1
    assert db.session.scalar(select(Booking.reference)) == reference
    assert db.session.scalars(select(AuditEvent.action)).all()[-1] == "restore"
    # The rules that migrations write by hand came back as well.
    with pytest.raises(Exception, match="audit_event_append_only"):
        db.session.execute(update(AuditEvent).values(reason="changed"))
    db.session.rollback()


def _empty(session) -> None:
    """Leave a database without any table, as a new one is."""
    session.remove()
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        return
    db.engine.dispose()
    for old in Path(db.engine.url.database).parent.glob("avl.db*"):
        old.unlink()


@both
def test_restore_over_bookings_is_refused_and_changes_nothing(booking, file):
    back_up(file)
    make.counsel("Somebody New")

    with pytest.raises(BackupRefused, match="1 bookings, which would be lost"):
        restore(file, by=SYSTEM)

    assert db.session.scalar(select(func.count()).select_from(Counsel)) == 2
    assert find_pause(db.session()) is None


@both
def test_backup_of_another_schema_is_refused(booking, file, session):
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    back_up(file)

    with pytest.raises(BackupRefused, match="The backup is at migration 0001"):
        restore(file, by=SYSTEM, replace=True)

    assert find_pause(db.session()) is None


@both
def test_cut_off_backup_changes_nothing(booking, file):
    back_up(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3])

    with pytest.raises(DomainError):
        restore(file, by=SYSTEM, replace=True)

    assert booked() == [SmsState.PENDING]
    assert find_pause(db.session()) is None


@both
def test_backup_never_overwrites_and_leaves_nothing_unfinished(session, file, monkeypatch):
    file.write_text("somebody's")
    with pytest.raises(BackupRefused, match="is there already"):
        back_up(file)
    assert file.read_text() == "somebody's"

    def fail(*args) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(backups, "_to_disk", fail)
    with pytest.raises(BackupRefused, match="No space left"):
        back_up(file.with_name("other"))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_missing_programs_are_named_with_what_to_install(session, file, monkeypatch):
    monkeypatch.setattr(pg_tools, "_candidates", lambda name: [])

    with pytest.raises(DomainError, match=r"pg_dump \d+ or newer is needed.*none was found"):
        back_up(file)


def test_password_never_stands_in_a_command_line():
    url = make_url("postgresql+psycopg://avl:s3cret@db.example:5433/avl?sslmode=require")

    address = pg_tools.address_of(url)

    assert address == "postgresql://avl@db.example:5433/avl?sslmode=require"


def test_strange_file_is_refused_by_the_command(app, file):
    file.write_text("not a backup at all")

    said = app.test_cli_runner().invoke(args=["avl", "restore", str(file)])

    assert (said.exit_code, "is not a backup of this system" in said.output) == (1, True)


def test_commands_say_what_was_done(app, booking, file):
    runner = app.test_cli_runner()
    assert "is whole" in runner.invoke(args=["avl", "backup", str(file)]).output

    said = runner.invoke(args=["avl", "restore", str(file), "--replace"])

    assert (said.exit_code, said.output.splitlines()[:2]) == (
        0,
        ["1 bookings came back.", "The audit chain holds."],
    )
