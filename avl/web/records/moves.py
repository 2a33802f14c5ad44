"""Where a person goes: to another place, or out of custody.

What a move would break is shown before it is recorded; one that breaks nothing is recorded at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.deaths import correct_death, record_death
from avl.commands.foreseeing import foresee
from avl.commands.merging import foresee_merge, merge_people
from avl.commands.records import Move, record_release, record_transfer, withdraw_move
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, StaleVersion
from avl.queries.merging import merge_seen
from avl.queries.previews import Preview
from avl.queries.records import PersonPage, custody_places, person_page
from avl.web.dates import Meant
from avl.web.frame import OFFICE_ZONE
from avl.web.guards import actor
from avl.web.records import custody
from avl.web.records.forms import MomentForm, PlaceForm, mark, show
from avl.web.saved import tell_saved
from avl.web.searching import search_text


@custody.route("/people/<int:person_id>/transfer", methods=["GET", "POST"])
def transfer(person_id: int) -> ResponseReturnValue:
    """Record that somebody goes to another place, or comes into custody again."""
    page = person_page(actor(), person_id, now=clock.now())
    form = PlaceForm()
    # Whoever keeps the place a person leaves may send them anywhere; others only receive.
    form.offer(custody_places(None if page.may_release else actor()))

    def read() -> dict[str, Any]:
        place = form.place()
        at = form.moment(place.zone, Meant.NEAREST)
        return {"site_id": place.id, "at": at, "status": form.status.data or ""}

    what = f"The transfer of {page.person.name}"
    return _record(page, form, _Step("records/transfer.html", record_transfer, what, read))


@custody.route("/people/<int:person_id>/release", methods=["GET", "POST"])
def release(person_id: int) -> ResponseReturnValue:
    """Record that somebody leaves custody."""
    return _end_of_custody(
        person_id, "records/release.html", record_release, "The release of", Meant.NEAREST
    )


@custody.route("/people/<int:person_id>/death", methods=["GET", "POST"])
def death(person_id: int) -> ResponseReturnValue:
    """Record that somebody has died."""
    return _end_of_custody(
        person_id, "records/death.html", record_death, "The death of", Meant.PAST
    )


def _end_of_custody(
    person_id: int, template: str, record: Callable[..., Move], what: str, meant: Meant
) -> ResponseReturnValue:
    """Ask for the moment, and have it recorded by the command given."""
    page = person_page(actor(), person_id, now=clock.now())
    if not page.may_release:
        abort(404)
    form = MomentForm()

    def read() -> dict[str, Any]:
        return {"at": form.moment(_zone(page), meant)}

    return _record(page, form, _Step(template, record, f"{what} {page.person.name}", read))


@dataclass(frozen=True)
class _Step:
    """One way in which somebody moves.

    Attributes:
        template: the page that asks for it, and shows what it would break.
        record: the command.
        what: the change, as the sentence about what it breaks begins.
        read: what was typed, as the command takes it; raises InvalidInput.
    """

    template: str
    record: Callable[..., Move]
    what: str
    read: Callable[[], dict[str, Any]]


def _record(page: PersonPage, form: MomentForm, step: _Step) -> ResponseReturnValue:
    """Show the form, then what it would break if it would, then have it recorded."""
    person_id = page.person.person_id
    if not form.is_submitted():
        form.start_now(_zone(page))
        form.version.data = str(page.person.version)
    elif form.validate():
        try:
            sent = step.read()
            ahead = _breaks(step.record, person_id, form, step.what, sent)
            if ahead is not None:
                return show(step.template, form, 200, page=page, **ahead)
            done = step.record(person_id, **sent, by=actor(), version=form.read_version())
            return _tell(person_id, done)
        except InvalidInput as refusal:
            mark(form, refusal)
        except StaleVersion as refusal:
            page = person_page(actor(), person_id, now=clock.now())
            form.look_again(refusal, page.person.version)
            return show(step.template, form, 409, page=page)
    return show(step.template, form, page=page)


def _breaks(
    record: Callable[..., Move], person_id: int, form: MomentForm, what: str, sent: dict[str, Any]
) -> dict[str, Any] | None:
    """What the page must show before this is recorded; None when it has been shown, or when
    nothing breaks.

    Raises:
        DomainError: as recording it would.
    """
    if request.form.get("step") == "save":
        return None
    preview = foresee(
        record,
        person_id,
        **sent,
        version=form.read_version(),
        by=actor(),
        what=what,
    )
    if not preview.affected:
        return None
    return {"preview": preview, "typed": {**request.form.to_dict(), "date": form.date.data}}


@custody.post("/people/<int:person_id>/death/correct")
def correct(person_id: int) -> ResponseReturnValue:
    """Take back a death that was recorded by mistake."""
    page = person_page(actor(), person_id, now=clock.now())
    if not page.may_correct_death:
        abort(404)
    try:
        return _tell(person_id, correct_death(person_id, by=actor(), version=_version()))
    except StaleVersion as refusal:
        flash(refusal.message, "warning")
        return redirect(url_for("records.person", person_id=person_id))


@custody.get("/people/<int:person_id>/merge")
def ask_merge(person_id: int) -> ResponseReturnValue:
    """Which other record is the same person's, and what would merging them move?"""
    page = person_page(actor(), person_id, now=clock.now())
    if not page.may_merge:
        abort(404)
    return _merge_page(page, search_text("prn"))


@custody.post("/people/<int:person_id>/merge")
def merge(person_id: int) -> ResponseReturnValue:
    """Make the two records one, once what that breaks has been shown."""
    page = person_page(actor(), person_id, now=clock.now())
    prn = request.form.get("prn", "").strip()
    try:
        seen = merge_seen(actor(), page.person.person_id, prn, now=clock.now())
        kept, other = seen.kept.person_id, seen.other.person_id
        if request.form.get("keep") == seen.other.prn:
            kept, other = other, kept
        sent: dict[str, Any] = {
            "by": actor(),
            "version": _version(f"version-{kept}"),
            "other_version": _version(f"version-{other}"),
            "is_one_person": request.form.get("is_one_person") == "yes",
        }
        if request.form.get("step") != "save":
            preview = foresee_merge(kept, other, **sent)
            if preview.affected or preview.warned or preview.less:
                return _merge_page(page, prn, preview=preview)
        done = merge_people(kept, other, **sent)
    except StaleVersion as error:
        page = person_page(actor(), person_id, now=clock.now())
        return _merge_page(page, prn, error.message, is_stale=True), 409
    except InvalidInput as error:
        is_doubt = error.field == "is_one_person"
        return _merge_page(page, prn, error.message, field=error.field if is_doubt else ""), 422
    except ActionNotAllowed as error:
        return _merge_page(page, prn, error.message), 409
    return _tell(kept, done)


def _merge_page(
    page: PersonPage,
    prn: str,
    error: str = "",
    *,
    is_stale: bool = False,
    field: str = "",
    preview: Preview | None = None,
) -> str:
    """The page; where a record has changed, both as they are now, with what was chosen.

    Args:
        field: what about the two has to be mended on the page, if that is the error.
    """
    seen = None
    if prn and (is_stale or field or not error):
        try:
            seen = merge_seen(actor(), page.person.person_id, prn, now=clock.now())
        except NotFound as refusal:
            error = refusal.message
    keep = request.form.get("keep", "")
    return render_template(
        "records/merge.html",
        page=page,
        prn=prn,
        seen=seen,
        error=error,
        field=field,
        keep=keep,
        preview=preview,
        typed=request.form.to_dict(),
    )


@custody.get("/people/<int:person_id>/withdraw")
def ask_withdraw(person_id: int) -> ResponseReturnValue:
    """Say what withdrawing the planned move means, and ask."""
    page = person_page(actor(), person_id, now=clock.now())
    if not page.may_withdraw:
        return _nothing_to_withdraw(person_id)
    return render_template("records/withdraw.html", page=page, now=clock.now())


@custody.post("/people/<int:person_id>/withdraw")
def withdraw(person_id: int) -> ResponseReturnValue:
    """Take the planned move back."""
    try:
        return _tell(person_id, withdraw_move(person_id, by=actor(), version=_version()))
    except StaleVersion as refusal:
        flash(refusal.message, "warning")
        return redirect(url_for(".ask_withdraw", person_id=person_id))
    except ActionNotAllowed:
        return _nothing_to_withdraw(person_id)


def _version(name: str = "version") -> int | None:
    """The version of a record that was looked at, as the form carries it."""
    return request.form.get(name, type=int)


def _zone(page: PersonPage) -> str:
    return page.person.now_at.zone if page.person.now_at else OFFICE_ZONE


def _nothing_to_withdraw(person_id: int) -> ResponseReturnValue:
    flash("There is no planned move that you could withdraw.", "warning")
    return redirect(url_for("records.person", person_id=person_id))


def _tell(person_id: int, done: Move) -> ResponseReturnValue:
    """Say what is recorded and what it broke; the page names what is at the wrong place now."""
    tell_saved(done.sentence.removesuffix("."), done)
    return redirect(url_for("records.person", person_id=person_id))
