"""What the API takes and gives, as the OpenAPI description shows it."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, fields, post_load, validate

from avl.commands.interpreters import LONGEST_LANGUAGES
from avl.domain.booking import REFERENCE_ALPHABET, LegKind, Status
from avl.domain.clash_ways import ClashWayKind
from avl.domain.clashes import Rule
from avl.domain.interpreters import InterpreterState
from avl.web.api.base import Schema
from avl.web.api.fields import Id, Instant, Minutes, Start, Text
from avl.web.api.offered import OfferedBooking, OfferedMove

REFERENCE = rf"^AVL-[{REFERENCE_ALPHABET}]{{6}}$"


FIRST = {"description": "Of the first leg: a conference before the hearing, where there is one."}
LAST = {"description": "Of the last leg: a conference after the hearing, where there is one."}


def one_of(members: Any) -> validate.OneOf:
    """One of an enumeration's values."""
    return validate.OneOf([member.value for member in members])


class Place(Schema):
    """A court or prison."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    zone = fields.String(required=True)


class Room(Schema):
    """A courtroom or suite."""

    id = fields.Integer(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)


class LegOut(Schema):
    """A stretch of a booking."""

    kind = fields.String(required=True, validate=one_of(LegKind))
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)


class PersonOut(Schema):
    """A person in custody."""

    prn = fields.String(required=True)
    family_name = fields.String(required=True)
    given_names = fields.String(required=True)


class CounselOut(Schema):
    """A lawyer."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    firm = fields.String(required=True)


class AppearanceOut(Schema):
    """One person's part in a booking; what the caller may not know is null."""

    id = fields.Integer(required=True)
    site = fields.Nested(Place, required=True)
    suite = fields.Nested(Room, required=True)
    instruction_suite = fields.Nested(Room, required=True, allow_none=True)
    person = fields.Nested(PersonOut, required=True, allow_none=True)
    matter = fields.String(required=True, allow_none=True)
    is_suppressed = fields.Boolean(required=True, allow_none=True)
    counsel = fields.Nested(CounselOut, required=True, allow_none=True)
    agreed_at = Instant(required=True, allow_none=True)


class HearingTypeOut(Schema):
    """What kind of hearing; the code is null where the caller may only know that it is closed."""

    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)


class InterpreterOut(Schema):
    """What is to be interpreted, and how far the search for somebody has got."""

    language = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(InterpreterState))
    note = fields.String(required=True, allow_none=True)


class BookingOut(Schema):
    """A booking as the caller may know it."""

    reference = fields.String(required=True, validate=validate.Regexp(REFERENCE))
    status = fields.String(required=True, validate=one_of(Status))
    version = fields.Integer(required=True)
    court = fields.Nested(Place, required=True)
    courtroom = fields.Nested(Room, required=True)
    hearing_type = fields.Nested(HearingTypeOut, required=True)
    starts_at = Instant(required=True, metadata=FIRST)
    ends_at = Instant(required=True, metadata=LAST)
    legs = fields.List(fields.Nested(LegOut), required=True)
    appearances = fields.List(fields.Nested(AppearanceOut), required=True)
    is_fixed = fields.Boolean(required=True)
    staff_notes = fields.String(required=True, allow_none=True)
    prison_notes = fields.String(required=True, allow_none=True)
    interpreter = fields.Nested(InterpreterOut, required=True, allow_none=True)
    warning_reason = fields.String(required=True, allow_none=True)
    mode_reason = fields.String(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class BookingsOut(Schema):
    """One page of bookings, earliest first."""

    bookings = fields.List(fields.Nested(BookingOut), required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)
    total = fields.Integer(required=True)


class AppearanceIn(Schema):
    """One person who is to appear, and from which suite. The suite says which site."""

    prn = Text(16, shortest=1, required=True)
    suite_id = Id(required=True)
    counsel_id = Id(load_default=None, allow_none=True)
    matter = Text(24, load_default=None, allow_none=True)
    instruction_suite_id = Id(load_default=None, allow_none=True)


class DirectionIn(Schema):
    """The direction that somebody appears by AVL, where in person would stand without one."""

    role = fields.String(required=True, validate=validate.OneOf(["judicial_officer", "registrar"]))
    officer_name = Text(120, shortest=1, required=True)
    reason = Text(600, shortest=1, required=True)
    directed_on = fields.Date(required=True)
    criteria = Text(200, load_default="")
    consent_given = fields.Boolean(load_default=None, allow_none=True)
    consent_how = Text(200, load_default="")

    @post_load
    def note(self, data: dict[str, Any], **_: Any) -> Any:
        """The command's own value."""
        from avl.commands.modes import DirectionNote

        return DirectionNote(**data)


def languages_in() -> Text:
    """What has to be interpreted."""
    said = "Left out: what the people's records say; empty: none."
    return Text(
        LONGEST_LANGUAGES, load_default=None, allow_none=True, metadata={"description": said}
    )


class BookingIn(Schema):
    """A booking asked for. Without lengths, the hearing type's usual ones are taken."""

    courtroom_id = Id(required=True)
    hearing_type = Text(24, shortest=1, required=True)
    starts_at = Instant(required=True, metadata={"description": "When the hearing starts."})
    minutes = Minutes(least=5, load_default=None, allow_none=True)
    pre_minutes = Minutes(most=120, load_default=None, allow_none=True)
    post_minutes = Minutes(most=120, load_default=None, allow_none=True)
    appearances = fields.List(
        fields.Nested(AppearanceIn), required=True, validate=validate.Length(min=1, max=10)
    )
    staff_notes = Text(600, load_default="")
    prison_notes = Text(600, load_default="")
    interpreter_language = languages_in()
    warning_reason = Text(300, load_default="")
    direction = fields.Nested(DirectionIn, load_default=None, allow_none=True)
    previous_reference = Text(10, load_default=None, allow_none=True)


class SuiteIn(Schema):
    """A new suite for one appearance of the booking."""

    appearance_id = Id(required=True)
    suite_id = Id(required=True)


class InstructionSuiteIn(Schema):
    """Counsel's new instruction suite for one appearance; null where counsel confers elsewhere."""

    appearance_id = Id(required=True)
    instruction_suite_id = Id(required=True, allow_none=True)


class MoveIn(Schema):
    """Where a booking should go; what is left out stays as it is."""

    starts_at = Instant(load_default=None, allow_none=True)
    minutes = Minutes(least=5, load_default=None, allow_none=True)
    pre_minutes = Minutes(most=120, load_default=None, allow_none=True)
    post_minutes = Minutes(most=120, load_default=None, allow_none=True)
    courtroom_id = Id(load_default=None, allow_none=True)
    suites = fields.List(
        fields.Nested(SuiteIn), load_default=list, validate=validate.Length(max=10)
    )
    instruction_suites = fields.List(
        fields.Nested(InstructionSuiteIn), load_default=list, validate=validate.Length(max=10)
    )
    reason = Text(300, shortest=1, required=True)
    warning_reason = Text(300, load_default="")
    direction = fields.Nested(DirectionIn, load_default=None, allow_none=True)


class InterpreterIn(Schema):
    """How far the search for an interpreter has got; what is left out stays as it is."""

    state = fields.String(required=True, validate=one_of(InterpreterState))
    language = Text(LONGEST_LANGUAGES, load_default=None, allow_none=True)
    note = Text(200, load_default=None, allow_none=True)


class ReasonIn(Schema):
    """Why."""

    reason = Text(300, shortest=1, required=True)


class SeatIn(Schema):
    """One person who is to appear, and the suites to choose from (none: all of their site's)."""

    prn = Text(16, shortest=1, required=True)
    counsel_id = Id(load_default=None, allow_none=True)
    suite_ids = fields.List(
        Id(), load_default=None, allow_none=True, validate=validate.Length(max=50)
    )
    instruction_suite_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=20))


class SearchIn(Schema):
    """What somebody would like to book, and how far they would go to get it."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    courtroom_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=50))
    hearing_type = Text(24, shortest=1, required=True)
    wanted_start = Start(required=True)
    minutes = Minutes(least=5, load_default=None, allow_none=True)
    pre_minutes = Minutes(most=120, load_default=None, allow_none=True)
    post_minutes = Minutes(most=120, load_default=None, allow_none=True)
    appearances = fields.List(
        fields.Nested(SeatIn), required=True, validate=validate.Length(min=1, max=10)
    )
    first = fields.Date(load_default=None, allow_none=True)
    last = fields.Date(load_default=None, allow_none=True)
    interpreter_language = languages_in()
    limit = fields.Integer(load_default=6, strict=True, validate=validate.Range(min=1, max=50))


class ClashOut(Schema):
    """One reason why a booking cannot stand."""

    rule = fields.String(required=True, validate=one_of(Rule))
    sentence = fields.String(required=True)
    resource_id = fields.Integer(required=True, allow_none=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)


class OfferOut(Schema):
    """A complete, verified way to place a booking: send ``booking``, or ``move``, to ``href``."""

    starts_at = Instant(required=True, metadata=FIRST)
    ends_at = Instant(required=True, metadata=LAST)
    reasons = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.Nested(ClashOut), required=True)
    method = fields.String(required=True, validate=validate.Equal("POST"))
    href = fields.String(required=True)
    booking = fields.Nested(OfferedBooking, required=True, allow_none=True)
    move = fields.Nested(OfferedMove, required=True, allow_none=True)


class ProofOut(Schema):
    """Why no offer exists."""

    sentence = fields.String(required=True)
    last_rule = fields.String(required=True, validate=one_of(Rule))
    last_day = fields.Date(required=True)


class SearchOut(Schema):
    """Offers, the best first; or else the proof that there is none."""

    offers = fields.List(fields.Nested(OfferOut), required=True)
    proof = fields.Nested(ProofOut, required=True, allow_none=True)


class BookingsQuery(Schema):
    """Which bookings to list: at most 31 days at once."""

    start = Instant(required=True, data_key="from")
    end = Instant(required=True, data_key="to")
    site = Text(16, load_default="")
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class Problem(Schema):
    """Problem details (RFC 9457)."""

    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "With 422: sentences by input, named and nested as they were sent; the"
            " items of a list by their number.",
            "example": {"appearances": {"0": {"prn": ["There is no person with PRN 90012345."]}}},
        },
    )


class PrisonNearOut(Schema):
    """A prison with a suite free then, to ask about a transfer; ``kilometres`` in a straight line
    from where the person is held."""

    site = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    kilometres = fields.Integer(required=True, allow_none=True)
    suites = fields.List(fields.String(), required=True)


class WayOut(Schema):
    """One way out of a clash. ``method`` and ``href`` say where to send it, where a program can;
    ``reference`` is the booking to change places with, ``since`` when the person moves, and
    ``prisons`` are those to ask about, the nearest first."""

    kind = fields.String(required=True, validate=one_of(ClashWayKind))
    title = fields.String(required=True)
    sentence = fields.String(required=True)
    method = fields.String(required=True, allow_none=True, validate=validate.OneOf(["POST"]))
    href = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    since = Instant(required=True, allow_none=True)
    prisons = fields.List(fields.Nested(PrisonNearOut), required=True)


class ClashProblem(Problem):
    """Why a booking cannot stand, what can be had instead, and the ways out in order."""

    clashes = fields.List(fields.Nested(ClashOut))
    offers = fields.List(fields.Nested(OfferOut))
    ways = fields.List(fields.Nested(WayOut))
