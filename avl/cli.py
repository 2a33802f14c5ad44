"""`flask avl ...`: thin commands for operators."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError

from avl import clock
from avl.commands import accounts
from avl.commands.area_preview import preview_area
from avl.commands.areas import AreaRefused, WouldOverwrite, import_area
from avl.commands.demo import PASSWORD, SIGN_INS, is_there
from avl.commands.demo_week import make_demo
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import DomainError, Unavailable
from avl.models import db
from avl.queries.accounts import find_user
from avl.queries.audit import verify_audit
from avl.queries.health import why_not_ready
from avl.queries.places import find_site_by_code

P = ParamSpec("P")
R = TypeVar("R")


class Operators(AppGroup):
    """Commands that say in one line when there is no database to work on."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a fault of its own keeps its traceback."""
        try:
            return super().invoke(ctx)
        except (DBAPIError, Unavailable) as error:
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                why = why_not_ready()
            if why:
                mend = "Look at AVL_DATABASE_URL, and run: flask db upgrade"
                raise click.ClickException(f"Not ready: {why}. {mend}") from None
            if isinstance(error, Unavailable):
                raise click.ClickException(error.message) from None
            raise


commands = Operators("avl", help="Run and look after the court AVL scheduler.")


def init_app(app: Flask) -> None:
    """Attach the group to an application."""
    app.cli.add_command(commands)


def serves_no_page() -> bool:
    """Whether this process was started as `flask avl ...` or `flask db ...`.

    Asked before there is an application, so of the command line alone. With options before the
    group's name the answer is no, which costs memory and nothing else.
    """
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true" and sys.argv[1:2] in (["avl"], ["db"])


def _this_app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]


@commands.command("work")
def work() -> None:
    """Carry messages and keep the timetable, until told to stop."""
    # Imported here so that a web process never loads the scheduler or the SMS client.
    from avl.jobs.worker import run_work

    raise SystemExit(run_work(_this_app()))


@commands.command("run-job")
@click.argument("name")
def run_job_now(name: str) -> None:
    """Run one scheduled job now, outside its timetable."""
    from avl.jobs.timetable import JOBS
    from avl.jobs.worker import run_job

    if name not in JOBS:
        raise click.BadParameter(f"choose one of {', '.join(sorted(JOBS))}", param_hint="NAME")
    click.echo(f"{name}: {run_job(_this_app(), name)} done")


@commands.command("import-area")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what it would do, and change nothing.")
@click.option("--overwrite", is_flag=True, help="Set back what people changed on pages or by API.")
def import_area_now(folder: Path, preview: bool, overwrite: bool) -> None:
    """Bring sites, rooms, hours, closures and rules in line with a folder of CSV files.

    What people changed since the last import and the files would set back is named, and nothing
    is imported (exit status 3), unless --overwrite is given.
    """
    try:
        if preview:
            done = preview_area(folder, by=SYSTEM)
            click.echo(f"Nothing is changed yet. {done}")
            for row in done.overwritten:
                click.echo(f"It would set back {row}.")
        else:
            click.echo(import_area(folder, by=SYSTEM, overwrite=overwrite))
    except WouldOverwrite as refused:
        click.echo(refused.message, err=True)
        click.echo("Write these into the files, or give --overwrite to set them back.", err=True)
        raise SystemExit(3) from None
    except AreaRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("Nothing was imported.") from None


@commands.command("import-roster")
@click.argument("court")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what it would change and affect, and stop.")
def import_roster_now(court: str, file: Path, preview: bool) -> None:
    """Bring a court's sittings in line with a CSV file of its roster.

    Columns, those in capitals never empty: DATE,COURTROOM,from,to,list,judicial officer,reason.
    A row without times says that the courtroom does not sit that day. A day of a courtroom that
    has a row becomes what its rows say; other days stay as they are.
    """
    from avl.commands.roster_lines import RosterRefused
    from avl.commands.rosters import foresee_roster, import_roster

    court_id, content = _explained(find_site_by_code, court).id, file.read_bytes()
    try:
        if preview:
            counts, foreseen = foresee_roster(court_id, content, by=SYSTEM)
            click.echo(f"Nothing is changed yet. {counts} {foreseen.sentence}")
        else:
            done = import_roster(court_id, content, by=SYSTEM)
            click.echo(f"{done} Bookings that need a way out: {len(done.swept.opened)}.")
    except RosterRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("Nothing was imported.") from None


@commands.command("import-people")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_people_now(folder: Path) -> None:
    """Bring people, stays, counsel and matters in line with a folder of CSV files.

    Columns, those in capitals never empty: counsel.csv NAME,firm,mobile,email,language (en or
    mi); people.csv PRN,FAMILY_NAME,given_names,born_on,interpreter_language; stays.csv
    PRN,SITE,FROM,to,status (the site's own clock: 2027-02-03 14:00); matters.csv
    NUMBER,COURT,suppressed (yes or no); parties.csv MATTER,PRN,counsel,firm. Rows are added and
    changed, never deleted; an empty cell empties the field.
    """
    from avl.commands.people_import import PeopleRefused, import_people

    try:
        click.echo(import_people(folder, by=SYSTEM))
    except PeopleRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("Nothing was imported.") from None


@commands.command("doctor")
def doctor() -> None:
    """Say what this installation still lacks; exit code 1 when anything does."""
    from avl.queries.doctor import examine

    findings = examine(db.session(), current_app.extensions["avl_settings"])
    for finding in findings:
        mark = ("NOTE" if finding.is_note else "ok  ") if finding.ok else "LACK"
        click.echo(f"{mark} {finding.area}: {finding.what}")
        if finding.mend:
            click.echo(f"     {finding.mend}")
    raise SystemExit(0 if all(finding.ok for finding in findings) else 1)


@commands.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the whole database to a new file, while everybody goes on working."""
    from avl.commands.backups import back_up

    size = _explained(back_up, file)
    click.echo(f"{file} is whole: {size / 1e6:.1f} MB. Only its owner may read it; keep it safe.")


@commands.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Even where there are bookings; they are lost.")
def restore_now(file: Path, replace: bool) -> None:
    """Put a backup in the place of the whole database; no text leaves because of it."""
    from avl.commands.restoring import restore

    restored = _explained(restore, file, by=SYSTEM, replace=replace)
    click.echo(f"{restored.bookings} bookings came back.")
    for fault in restored.audit_faults:
        click.echo(fault)
    click.echo("The audit chain is broken." if restored.audit_faults else "The audit chain holds.")
    click.echo("Sending is paused. When all is put right: flask avl resume-sending")
    raise SystemExit(1 if restored.audit_faults else 0)


@commands.command("resume-sending")
@click.option("--yes", is_flag=True, help="Do not ask.")
def resume_sending_now(yes: bool) -> None:
    """Let text messages leave again after a restore; says first how many would."""
    from avl.commands.sending import resume_sending
    from avl.queries.sending import find_pause, say_kept

    pause = find_pause(db.session())
    if pause is None:
        click.echo("Sending is not paused; nothing was changed.")
        return
    click.echo(f"Sending is paused. {pause.why}")
    click.echo(say_kept(db.session()))
    if not yes:
        click.confirm(
            "Is every other installation of this system stopped, and what was changed since the"
            " backup put right? Text messages leave from now on",
            abort=True,
        )
    _explained(resume_sending, by=SYSTEM)
    click.echo("Sending goes on.")


@commands.command("verify-audit")
def verify_audit_now() -> None:
    """Walk the audit's chain; exit code 1 when an event was changed, removed or reordered."""
    faults = verify_audit(db.session())
    for fault in faults:
        click.echo(fault)
    click.echo("The audit chain is broken." if faults else "The audit chain holds.")
    raise SystemExit(1 if faults else 0)


@commands.command("demo")
def demo() -> None:
    """Make demonstration data (invented people, a realistic week), unless it is there."""
    if is_there():
        click.echo("Demonstration data is there already; nothing was changed.")
        return
    click.echo("Making a week of demonstration bookings; this takes about half a minute.")
    click.echo(f"{make_demo()} bookings were made.")


@commands.command("sign-ins")
def sign_ins() -> None:
    """Print who can sign in to the demonstration."""
    if not is_there():
        return
    click.echo(f"Everybody's password is: {PASSWORD}")
    for email, _, _, _, what in SIGN_INS:
        click.echo(f"  {email:28} {what}")


@commands.group("user")
def user() -> None:
    """People and service users, and what they are granted."""


@user.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--service", is_flag=True, help="A system: it signs in with a token only.")
def add_user(email: str, name: str, service: bool) -> None:
    """Add a user; a person's password is asked for and never stands in the command line."""
    password = (
        "" if service else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    _explained(accounts.make_user, email, name, password, by=SYSTEM, is_service=service)
    click.echo(f"{email} was added. Grant a role: flask avl user grant {email} ROLE --site CODE")


@user.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--site", help="A site's code; without one the role holds everywhere.")
def grant(email: str, role: str, site: str | None) -> None:
    """Give a user a role at a site, or everywhere."""
    found = find_user(email)
    if found is None:
        raise click.ClickException("There is no user with this e-mail address.")
    _explained(accounts.grant, found.id, Role(role), by=SYSTEM, site_id=_site_id(site))
    click.echo(f"{email} is now {role} {f'at {site}' if site else 'everywhere'}.")


@commands.command("token")
@click.argument("email")
@click.argument("label")
@click.option("--days", type=click.IntRange(1, 3660), help="How long it is good; else no end.")
def token(email: str, label: str, days: int | None) -> None:
    """Make a service user's bearer token; it is shown this once."""
    ends = clock.now() + timedelta(days=days) if days else None
    click.echo(_explained(accounts.make_token, email, label, by=SYSTEM, expires_at=ends))


@commands.command("revoke-tokens")
@click.argument("email")
def revoke_tokens_now(email: str) -> None:
    """End every token of a service user at once, when one has leaked or its system is replaced."""
    ended = _explained(accounts.revoke_tokens, email, by=SYSTEM)
    click.echo(f"Tokens ended: {ended}. Make another: flask avl token {email} LABEL")


def _site_id(code: str | None) -> int | None:
    return _explained(find_site_by_code, code).id if code else None


def _explained(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Say a refusal as one line instead of a traceback."""
    try:
        return do(*args, **kwargs)
    except DomainError as refused:
        raise click.ClickException(refused.message) from None
