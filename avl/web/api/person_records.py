"""What is recorded of a person besides where they are, changed by API."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from avl import clock
from avl.commands.foreseeing import foresee
from avl.commands.person_records import Recorded, change_record
from avl.domain.errors import NotFound
from avl.queries.people import get_person
from avl.queries.records import find_person_id
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.custody import carry_out_for, records_custody
from avl.web.api.described import refuses
from avl.web.api.fields import Text
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.search import PRN_PATH
from avl.web.guards import actor


class RecordIn(Schema):
    """What is to be recorded; what is left out stays as it is."""

    born_on = fields.Date(
        metadata={
            "description": "People under 18 wait apart from adults; it is never told, and the date"
            " that is recorded already is answered like any other."
        }
    )
    interpreter_language = Text(
        40, metadata={"description": "Empty where nobody has to interpret."}
    )
    status = Text(
        24,
        metadata={
            "description": "Of custody, from now on; a planned stay that was recorded with the"
            " status before has this one too. For the place where the person is."
        },
    )


@bp.route("/people/<prn>/record", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(RecordIn())
@records_custody
def change_person_record(sent: dict[str, Any], prn: str) -> Response:
    """Change what is recorded of a person besides where they are. Bookings this breaks go on the
    worklist; those that need an interpreter since go on the registry's list."""
    return carry_out_for(
        prn,
        lambda person_id, version: change_record(
            person_id, Recorded(**sent), by=actor(), version=version
        ),
    )


@bp.route("/people/<prn>/record/preview", methods=["POST"], parameters=PRN_PATH)
@bp.arguments(RecordIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_person_record(sent: dict[str, Any], prn: str) -> Response:
    """Say what a change of a record would break, and which bookings would need an interpreter;
    nothing is changed, so no key is needed. Those the caller may not see are not listed."""
    person_id = find_person_id(actor(), prn)
    if person_id is None:
        raise NotFound("There is no such person.")
    person = get_person(actor(), person_id, now=clock.now())
    what = f"This change of the record of {person.name}"
    found = foresee(change_record, person_id, Recorded(**sent), by=actor(), what=what)
    return preview_answer(found, names_hidden=False)
