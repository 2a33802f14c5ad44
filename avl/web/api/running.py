"""The day of a booking by API, as the prison runs it: connected, stood down, completed, and another
suite of the same prison."""

from __future__ import annotations

from typing import Any

from flask import Response

from avl.commands.agreement import complete_booking, connect_booking, stand_down_booking
from avl.commands.suites import change_suite
from avl.domain.errors import ResourceClash
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.described import PATH, changes
from avl.web.api.fields import Id, Text
from avl.web.api.once import carry_out, reference_in_path
from avl.web.api.schemas import ReasonIn
from avl.web.guards import actor

NOT_FREE = "This suite cannot be had just now. Choose another."


class NewSuiteIn(Schema):
    """Another suite of the same prison for one person of the booking."""

    appearance_id = Id(required=True)
    suite_id = Id(required=True)
    reason = Text(300, shortest=1, required=True)


@bp.route("/bookings/<reference>/connect", methods=["POST"], parameters=PATH)
@changes()
def connect(reference: str) -> Response:
    """Note that the link is up."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: connect_booking(reference, by=actor(), version=version), changing=reference
    )


@bp.route("/bookings/<reference>/stand-down", methods=["POST"], parameters=PATH)
@bp.arguments(ReasonIn())
@changes()
def stand_down(sent: dict[str, Any], reference: str) -> Response:
    """Put the matter back in the day's list; the person stays near until it is called again."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: stand_down_booking(
            reference, by=actor(), reason=sent["reason"], version=version
        ),
        changing=reference,
    )


@bp.route("/bookings/<reference>/complete", methods=["POST"], parameters=PATH)
@changes()
def complete(reference: str) -> Response:
    """Note that the hearing is over; what it holds is free again."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: complete_booking(reference, by=actor(), version=version), changing=reference
    )


@bp.route("/bookings/<reference>/suite", methods=["POST"], parameters=PATH)
@bp.arguments(NewSuiteIn())
@changes()
def another_suite(sent: dict[str, Any], reference: str) -> Response:
    """Give one person another suite of the same prison at the same time. Nothing changes for the
    court or for counsel, and no prison that had agreed is asked again."""
    reference = reference_in_path(reference)
    to = sent["suite_id"]

    def act(version: int | None) -> object:
        try:
            return change_suite(
                reference,
                sent["appearance_id"],
                to,
                by=actor(),
                reason=sent["reason"],
                version=version,
            )
        except ResourceClash as clash:
            # Of its clashes only those with this prison's own suites are this prison's to read.
            own = [one for one in clash.clashes if one.resource_id == to]
            raise ResourceClash(own, None if own else NOT_FREE) from clash

    return carry_out(act, changing=reference)
