"""Changes by API: carried out once for a key, and only on the version the caller has read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from flask import Response, abort, json, request

from avl.commands.idempotency import (
    Answer,
    IdempotencyNote,
    answering_once,
    recall,
)
from avl.domain.access import Actor
from avl.domain.booking import normal_reference
from avl.domain.errors import DomainError, InvalidInput, NotFound, StaleVersion, Unavailable
from avl.queries.lookups import get_version, shown_after_change
from avl.web.api.bodies import booking_body, dumped
from avl.web.api.reads import names_version
from avl.web.api.schemas import BookingOut
from avl.web.guards import actor

NAMES = ("id", "code", "prn")
"""What tells things apart that are made, each by the first of these that it has."""

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def reference_in_path(typed: str) -> str:
    """A reference as it stands in the address; whatever cannot be one names no booking."""
    try:
        return normal_reference(typed)
    except InvalidInput:
        raise NotFound("There is no such booking.") from None


def carry_out(
    act: Callable[[Any], object],
    *,
    changing: str | None = None,
    present: Callable[[], int | str] | None = None,
    status: int = 200,
    spelt: Callable[[Actor, Any], str] | None = None,
) -> Response:
    """Run one command for the call's Idempotency-Key, or give the answer it had before.

    Args:
        act: runs the command; receives the version the caller has read, None for any.
        changing: reference of the booking to be changed, for which If-Match must be sent.
        present: reads the version, or the mark, of whatever else is changed, for which it must be
            sent too.
        status: of the answer when all goes well.
        spelt: the JSON of what the command returns, where that is no booking.
    """
    who = actor()
    key, request_hash = _key(), _request_hash()
    assert who.user_id is not None, "the system does not call its own API"
    made: list[Answer] = []

    def answer(booking: Any) -> Answer:
        made[:] = [Answer(status, (spelt or spell)(who, booking))]
        return made[0]

    try:
        version = None
        if changing is not None:
            version = _version_read(partial(get_version, who, changing), f"Booking {changing}")
        elif present is not None:
            version = _version_read(present, "The record")
        with answering_once(IdempotencyNote(who.user_id, key, request_hash, answer)):
            act(version)
    except Unavailable:
        raise
    except DomainError:
        # Nearly every key is new, so its answer is looked for only when this one cannot be given:
        # the command found the key taken, or what was asked for has been done and is refused now.
        earlier = recall(who.user_id, key, request_hash)
        if earlier is None:
            raise
        return _respond(earlier, is_replay=True)
    return _respond(made[0], is_replay=False)


def once_for_each() -> Callable[[str], AbstractContextManager[None]]:
    """For a call that runs several commands: each part of it is done once for the call's key.

    Returns:
        What a command is run in; its argument tells the parts of one call apart.
    """
    who, key = actor(), _key()
    assert who.user_id is not None, "the system does not call its own API"
    user_id, path = who.user_id, request.path

    def once(part: str) -> AbstractContextManager[None]:
        own = hashlib.sha256("\n".join((path, key, part)).encode()).hexdigest()
        # The part is in the key, so another part, or another call, can never find this answer.
        done = Answer(200, json.dumps({"part": part}))
        return answering_once(IdempotencyNote(user_id, own, own, lambda _: done))

    return once


def spell(who: Actor, booking: Any) -> str:
    """The JSON of a booking as this caller may know it."""
    return json.dumps(dumped(BookingOut, booking_body(shown_after_change(who, booking))))


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        abort(400, "Send an Idempotency-Key of 1 to 128 visible characters, new for each request.")
    return key


def _request_hash() -> str:
    said = b"\n".join((request.method.encode(), request.path.encode(), request.get_data()))
    return hashlib.sha256(said).hexdigest()


def _version_read(read: Callable[[], int | str], what: str) -> int | str | None:
    """The version named by If-Match, when it is the present one; None for "*"."""
    if "If-Match" not in request.headers:
        abort(428, "Send If-Match with the ETag you read, so that nobody's change is lost.")
    present = read()
    if request.if_match.star_tag:
        return None
    if not names_version(request.if_match, str(present)):
        raise StaleVersion(f"{what} was changed since you read it. Read it again, then decide.")
    return present


def _respond(answer: Answer, *, is_replay: bool) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    said = json.loads(answer.body)
    if "version" in said:
        response.set_etag(str(said["version"]))
    if answer.status == 201:
        response.headers["Location"] = _where(said)
    if is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _where(said: Mapping[str, Any]) -> str:
    """The address of what was made."""
    if "reference" in said:
        return f"/api/v1/bookings/{said['reference']}"
    return f"{request.path}/{next(said[name] for name in NAMES if name in said)}"
