"""Whom a person must be kept apart from: the list, one more, and one less.

What a new pair breaks is shown before it is saved; nothing that was typed is lost.
"""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.keeping_apart import (
    LONGEST_GAP_MINUTES,
    PairChange,
    end_keep_apart,
    foresee_keep_apart,
    keep_apart,
)
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.queries.keeping_apart import pairs_of
from avl.queries.pairs import MOST, pairs_in_force
from avl.queries.people import get_person
from avl.queries.previews import Preview
from avl.queries.records import find_person_id
from avl.web.guards import actor
from avl.web.records import bp
from avl.web.saved import tell_saved


@bp.get("/apart")
def all_apart() -> ResponseReturnValue:
    """Every pair in force that this reader may know of."""
    pairs = pairs_in_force(actor())
    is_registry = actor().holds(Role.REGISTRY)
    return render_template(
        "records/all_apart.html", pairs=pairs, most=MOST, is_registry=is_registry
    )


@bp.get("/people/<int:person_id>/apart")
def apart(person_id: int) -> ResponseReturnValue:
    """Whom this person must be kept apart from."""
    return _page(person_id, {"minutes": "30"})


@bp.post("/people/<int:person_id>/apart")
def keep_person_apart(person_id: int) -> ResponseReturnValue:
    """Show what one more pair breaks, or save it."""
    typed = request.form.to_dict()
    try:
        other_id, minutes, reason = _read(person_id, typed)
        all_day = typed.get("all_day") == "yes"
        sent: dict[str, Any] = {"minutes": minutes, "all_day": all_day, "reason": reason}
        sent["by"] = actor()
        if typed.get("step") != "save":
            return _page(person_id, typed, preview=foresee_keep_apart(person_id, other_id, **sent))
        done = keep_apart(person_id, other_id, **sent)
    except InvalidInput as error:
        return _page(person_id, typed, errors={error.field: error.message}), 422
    except (ActionNotAllowed, NotAllowed) as refusal:
        return _page(person_id, typed, errors={"prn": refusal.message}), 409
    return _tell(person_id, "They are kept apart from now on", done)


@bp.post("/people/<int:person_id>/apart/end")
def end_person_apart(person_id: int) -> ResponseReturnValue:
    """Let two people be near each other again."""
    typed = request.form.to_dict()
    if not typed.get("pair", "").isdecimal():
        raise NotFound("There is nothing here to end.")
    try:
        done = end_keep_apart(int(typed["pair"]), reason=typed.get("end_reason", ""), by=actor())
    except InvalidInput as error:
        key = f"end_reason_{typed['pair']}"
        return _page(person_id, typed, errors={key: error.message}), 422
    return _tell(person_id, "They need not be kept apart any more", done)


def _read(person_id: int, typed: dict[str, str]) -> tuple[int, int, str]:
    prn = "".join(typed.get("prn", "").split())
    if not prn:
        raise InvalidInput("prn", "Enter the other person's PRN.")
    other_id = find_person_id(actor(), prn)
    if other_id is None:
        raise InvalidInput("prn", f"There is no person with PRN {prn}.")
    if other_id == person_id:
        raise InvalidInput("prn", "This is the same person. Enter the other one's PRN.")
    minutes = typed.get("minutes", "").strip()
    if not minutes.isdecimal() or int(minutes) > LONGEST_GAP_MINUTES:
        raise InvalidInput("minutes", f"Enter 0 to {LONGEST_GAP_MINUTES} minutes.")
    reason = " ".join(typed.get("reason", "").split())
    if not reason:
        raise InvalidInput("reason", "Say why they must be kept apart.")
    return other_id, int(minutes), reason


def _page(
    person_id: int,
    typed: dict[str, Any],
    *,
    preview: Preview | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    person = get_person(actor(), person_id, now=clock.now())
    pairs = pairs_of(actor(), person_id)
    if pairs is None:
        abort(404)
    return render_template(
        "records/apart.html",
        person=person,
        pairs=pairs,
        typed=typed,
        preview=preview,
        errors=errors or {},
    )


def _tell(person_id: int, what: str, done: PairChange) -> ResponseReturnValue:
    tell_saved(what, done)
    return redirect(url_for(".apart", person_id=person_id), 303)
