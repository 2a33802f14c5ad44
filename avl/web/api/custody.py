"""Where a person in custody is held, by API: transfer, release, death, and taking each back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, json
from marshmallow import fields

from avl import clock
from avl.commands.deaths import correct_death, record_death
from avl.commands.foreseeing import foresee
from avl.commands.records import Move, record_release, record_transfer, withdraw_move
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.queries.lookups import active_sites
from avl.queries.records import find_person_id, person_page, person_version
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import dumped
from avl.web.api.described import ETAG, IF_MATCH, KEY, REPLAYED, View, refuses
from avl.web.api.fields import Text, WholeMinute
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.schemas import Problem
from avl.web.api.search import PRN_PATH
from avl.web.errors import PROBLEM
from avl.web.guards import actor

IF_MATCH_PERSON = {
    **IF_MATCH,
    "description": "The ETag of the record, as GET /people/{prn} gave it.",
}


class EndOfCustodyIn(Schema):
    """When it was, or will be."""

    at = WholeMinute(required=True)


class TransferIn(EndOfCustodyIn):
    """Where a person goes, and when."""

    site = Text(16, shortest=1, required=True, metadata={"description": "The prison's code."})
    status = Text(
        24, load_default="", metadata={"description": "Custody status; left out: as before."}
    )


class MovedOut(Schema):
    """What is recorded now; ``wrong_place`` are coming bookings at the wrong place, as far as the
    caller may see them, ``wrong_place_of_others`` how many more there are."""

    prn = fields.String(required=True)
    version = fields.Integer(required=True)
    sentence = fields.String(required=True)
    wrong_place = fields.List(fields.String(), required=True)
    wrong_place_of_others = fields.Integer(required=True)


def records_custody(view: View) -> View:
    """Document what every change of a person's custody shares."""
    view = refuses(400, 401, 403, 404, 412, 415, 428, 503)(view)
    view = bp.alt_response(
        409,
        schema=Problem,
        content_type=PROBLEM,
        description="There is nothing to take back.",
    )(view)
    view = bp.response(200, MovedOut, headers=ETAG | REPLAYED)(view)
    documented: View = bp.doc(parameters=[KEY, IF_MATCH_PERSON])(view)
    return documented


@bp.route("/people/<prn>/transfer", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(TransferIn())
@records_custody
def transfer(sent: dict[str, Any], prn: str) -> Response:
    """Record that a person goes to another place, or comes into custody again. Bookings that this
    leaves at the wrong place go on the worklist."""

    def record(person_id: int, version: int | None) -> Move:
        return record_transfer(
            person_id,
            site_id=site_id_of(sent["site"]),
            at=sent["at"],
            status=sent["status"],
            by=actor(),
            version=version,
        )

    return carry_out_for(prn, record)


@bp.route("/people/<prn>/release", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(EndOfCustodyIn())
@records_custody
def release(sent: dict[str, Any], prn: str) -> Response:
    """Record that a person leaves custody."""
    return carry_out_for(
        prn,
        lambda person_id, version: record_release(
            person_id, at=sent["at"], by=actor(), version=version
        ),
    )


@bp.route("/people/<prn>/transfer/preview", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(TransferIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_transfer(sent: dict[str, Any], prn: str) -> Response:
    """Say what a transfer would break; nothing is changed, so no key is needed. The sentence counts
    every booking; those the caller may not see are not listed."""
    more = {"site_id": site_id_of(sent["site"]), "at": sent["at"], "status": sent["status"]}
    return _preview(prn, "The transfer of", record_transfer, more)


@bp.route("/people/<prn>/release/preview", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(EndOfCustodyIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_release(sent: dict[str, Any], prn: str) -> Response:
    """Say what a release would break; nothing is changed, so no key is needed. The sentence counts
    every booking; those the caller may not see are not listed."""
    return _preview(prn, "The release of", record_release, {"at": sent["at"]})


@bp.route("/people/<prn>/death/preview", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(EndOfCustodyIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_death(sent: dict[str, Any], prn: str) -> Response:
    """Say what a death would break; nothing is changed, so no key is needed. The sentence counts
    every booking; those the caller may not see are not listed."""
    return _preview(prn, "The death of", record_death, {"at": sent["at"]})


@bp.route("/people/<prn>/withdraw-move", methods=["POST"], parameters=PRN_PATH)
@records_custody
def withdraw(prn: str) -> Response:
    """Take back a person's last recorded transfer while it is still to come, or their release."""
    return carry_out_for(
        prn, lambda person_id, version: withdraw_move(person_id, by=actor(), version=version)
    )


@bp.route("/people/<prn>/death", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(EndOfCustodyIn())
@records_custody
def death(sent: dict[str, Any], prn: str) -> Response:
    """Record that a person has died: nothing is booked for them again, and coming bookings are
    proposed for cancellation. Nobody's text says why."""
    return carry_out_for(
        prn,
        lambda person_id, version: record_death(
            person_id, at=sent["at"], by=actor(), version=version
        ),
    )


@bp.route("/people/<prn>/death/correct", methods=["POST"], parameters=PRN_PATH)
@records_custody
def not_dead(prn: str) -> Response:
    """Take back a death that was recorded by mistake; the last stay goes on."""
    return carry_out_for(
        prn, lambda person_id, version: correct_death(person_id, by=actor(), version=version)
    )


def carry_out_for(prn: str, record: Callable[[int, int | None], Move]) -> Response:
    """Run a command about the person with this PRN, once, on the version that was read."""

    def act(version: int | None) -> Move:
        person_id = find_person_id(actor(), prn)
        if person_id is None:
            raise NotFound("There is no such person.")
        return record(person_id, version)

    def spelt(who: Actor, done: Move) -> str:
        body = {
            "prn": prn,
            "version": person_version(who, prn),
            "sentence": done.sentence,
            "wrong_place": done.references,
            "wrong_place_of_others": done.hidden,
        }
        return json.dumps(dumped(MovedOut, body))

    return carry_out(act, present=partial(person_version, actor(), prn), spelt=spelt)


def _preview(prn: str, what: str, record: Callable[..., Move], sent: dict[str, Any]) -> Response:
    person_id = find_person_id(actor(), prn)
    if person_id is None:
        raise NotFound("There is no such person.")
    page, site_id = person_page(actor(), person_id, now=clock.now()), sent.get("site_id")
    if not page.may_release and not (site_id and may(actor(), Do.KEEP_STAYS, SiteSubject(site_id))):
        raise NotAllowed(
            "Only the AVL coordinator of the place a person leaves or comes to records this."
        )
    what = f"{what} {page.person.name}"
    found = foresee(record, person_id, **sent, by=actor(), what=what)
    return preview_answer(found, names_hidden=False)


def site_id_of(code: str) -> int:
    """The id of the active site with this code.

    Raises:
        InvalidInput: there is none.
    """
    wanted = code.upper()
    found = next((site.id for site in active_sites() if site.code == wanted), None)
    if found is None:
        raise InvalidInput("site", f"There is no site {code}.")
    return found
