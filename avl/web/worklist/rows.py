"""The list itself: accept one way, accept all of them, or go and do it by hand."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.disruptions import Outcome, accept_ways, keep_as_it_is
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.queries.worklist import closures_of, keeper_sites, kept_site, outages_of, worklist
from avl.web.guards import actor
from avl.web.worklist import bp


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
    outcomes = accept_ways(wanted, by=actor())
    done = [outcome for outcome in outcomes if not outcome.refused]
    refused = [outcome for outcome in outcomes if outcome.refused]
    if done:
        flash(_say_done(done))
    if refused:
        return _page(refused), 409
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
        return _page([], unsaid=(number, error.message)), 422
    except ActionNotAllowed as refusal:
        return _page([Outcome(number, "", refusal.message)]), 409
    flash(f"{booking.reference} stays as it is.")
    return redirect(url_for(".show", site=request.form.get("site") or None), 303)


def _say_done(done: list[Outcome]) -> str:
    if len(done) == 1:
        return f"{done[0].reference} is dealt with. Everybody concerned has been told."
    return f"{len(done)} bookings are dealt with. Everybody concerned has been told."


def _page(refused: list[Outcome], unsaid: tuple[int, str] | None = None) -> str:
    """The list; ``unsaid``: which row lacks its reason, and what to do about it."""
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
        acceptable=[row for row in rows if row.may_accept],
        overdue=[row for row in rows if row.is_overdue],
        refused=refused,
        unsaid=unsaid,
        outages=outages_of(shown, now=now),
        closures=closures_of(shown, now=now) if shown else [],
        is_registry=actor().holds(Role.REGISTRY),
        is_prison=actor().holds(Role.AVL_COORDINATOR),
        now=now,
    )
