"""The list itself: accept one way, accept all of them, or go and do it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.accepting import Outcome, accept_ways
from avl.commands.disruptions import keep_as_it_is
from avl.commands.modes import DirectionNote
from avl.commands.ways_at_once import stand_again_at_once
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.local_time import local_day
from avl.queries.worklist import closures_of, keeper_sites, kept_site, outages_of, worklist
from avl.web.frame import OFFICE_ZONE
from avl.web.guards import actor
from avl.web.registry.typed import NOTES_LENGTH, within_length
from avl.web.worklist import bp

FIELDS = {
    "role": "role",
    "officer_name": "officer_name",
    "reason": "mode_reason",
    "consent": "consent",
    "consent_how": "consent_how",
}
"""What a direction lacks, and the field of the page it is typed into."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Which row lacks something that its form asks for, what to do about it, and in which field."""

    number: int
    message: str
    field: str


@bp.get("")
def show() -> ResponseReturnValue:
    """What no longer stands, what is due first at the top."""
    return _page([])


@bp.post("/accept")
def accept() -> ResponseReturnValue:
    """Accept the ways that were on the page: one, or all of them.

    A way found since then has another mark, and is not accepted unseen.
    """
    wanted = {}
    for sent in request.form.getlist("way"):
        number, _, mark = sent.partition(":")
        if number.isdecimal():
            wanted[int(number)] = mark
    try:
        directions = _direction(wanted)
    except InvalidInput as error:
        return _page([], unsaid=Unsaid(next(iter(wanted)), error.message, error.field)), 422
    outcomes = accept_ways(wanted, by=actor(), directions=directions)
    done = [outcome for outcome in outcomes if not outcome.refused]
    refused = [outcome for outcome in outcomes if outcome.refused]
    if done:
        flash(_say_done(done, again=stand_again_at_once()))
    if any(outcome.is_left for outcome in refused):
        # The page would need the database, and an error instead of it would say nothing was done.
        flash(_say_left(refused), "warning")
        return redirect(url_for(".show", site=request.form.get("site") or None), 303)
    if directions and refused and refused[0].field:
        (one,) = refused
        field = FIELDS.get(one.field, "officer_name")
        return _page([], unsaid=Unsaid(one.disruption_id, one.refused, field)), 422
    if refused:
        return _page(refused, typed_for=next(iter(directions), None)), 409
    if reference := request.form.get("reference"):
        return redirect(url_for("registry.show", reference=reference), 303)
    return redirect(url_for(".show", site=request.form.get("site") or None), 303)


@bp.post("/keep")
def keep() -> ResponseReturnValue:
    """Let a booking stand with the length it has, for a reason."""
    sent, reason = request.form.get("disruption", ""), request.form.get("reason", "")
    if not sent.isdecimal():
        raise NotFound("There is no such disruption.")
    number = int(sent)
    try:
        booking = keep_as_it_is(number, by=actor(), reason=reason)
    except InvalidInput as error:
        return _page([], unsaid=Unsaid(number, error.message, "reason")), 422
    except ActionNotAllowed as refusal:
        return _page([Outcome(number, "", refusal.message)], typed_for=number), 409
    flash(f"{booking.reference} stays as it is.")
    return redirect(url_for(".show", site=request.form.get("site") or None), 303)


def _direction(wanted: Mapping[int, str]) -> dict[int, DirectionNote]:
    """The direction typed for the one way that was accepted; none where none was asked for.

    Raises:
        InvalidInput: a part of it is too long.
    """
    if len(wanted) != 1 or "officer_name" not in request.form:
        return {}
    typed = {name: request.form.get(name, "").strip() for name in FIELDS.values()}
    (number,) = wanted
    return {
        number: DirectionNote(
            role=typed["role"],
            officer_name=within_length(typed["officer_name"], "officer_name", "The name", 120),
            reason=within_length(typed["mode_reason"], "mode_reason", "The reason", NOTES_LENGTH),
            directed_on=local_day(clock.now(), OFFICE_ZONE),
            consent_given={"yes": True, "no": False}.get(typed["consent"]),
            consent_how=within_length(typed["consent_how"], "consent_how", "This", 200),
        )
    }


def _say_done(done: list[Outcome], *, again: int) -> str:
    """What was done, and who stands again since; ``again``: how many that nobody accepted."""
    moved = [outcome for outcome in done if not outcome.is_spared]
    again += len(done) - len(moved)
    parts = []
    if len(moved) == 1:
        parts.append(f"{moved[0].reference} is dealt with. Everybody concerned has been told.")
    elif moved:
        parts.append(f"{len(moved)} bookings are dealt with. Everybody concerned has been told.")
    if again == 1:
        parts.append(f"{'Another booking' if moved else done[0].reference} stands again as it is.")
    elif again:
        parts.append(f"{again} {'others' if moved else 'bookings'} stand again as they are.")
    return " ".join(parts)


def _say_left(refused: list[Outcome]) -> str:
    left = "1 other is" if len(refused) == 1 else f"{len(refused)} others are"
    if any(one.is_in_doubt for one in refused):
        left += " perhaps"
    return (
        f"The system stopped answering, so {left} not dealt with."
        " Look what still stands on this list, then accept it again."
    )


def _page(
    refused: list[Outcome], unsaid: Unsaid | None = None, typed_for: int | None = None
) -> str:
    """The list; ``unsaid``: which row lacks what, and what to do about it; ``typed_for``: which
    row's form keeps what was typed into it."""
    code = request.values.get("site", "")
    site = kept_site(actor(), code) if code else None
    sites = keeper_sites(actor())
    shown = [site] if site else sites
    now = clock.now()
    rows = worklist(actor(), site_id=site.id if site else None, now=now)
    return render_template(
        "worklist/show.html",
        site=site,
        sites=sites,
        rows=rows,
        acceptable=[row for row in rows if row.may_accept and not row.asks],
        asking=[row for row in rows if row.may_accept and row.asks],
        overdue=[row for row in rows if row.is_overdue],
        refused=refused,
        unsaid=unsaid,
        typed=request.form,
        typed_for=unsaid.number if unsaid else typed_for,
        outages=outages_of(shown, now=now),
        closures=closures_of(shown, now=now) if shown else [],
        is_registry=actor().holds(Role.REGISTRY),
        is_prison=actor().holds(Role.AVL_COORDINATOR),
        now=now,
    )
