"""What an officer typed into the booking form: kept as typed, read when it is needed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from werkzeug.datastructures import MultiDict

from avl.domain.dates_typed import YEARS as YEARS
from avl.domain.dates_typed import read_time as read_time
from avl.domain.errors import InvalidInput
from avl.queries.zones import zone_of_room, zone_of_site
from avl.web.dates import DEFAULT_ZONE, as_date_field, read_date

NOTES_LENGTH = 600
REASON_LENGTH = 300


@dataclass
class Typed:
    """One booking form, word for word.

    Attributes:
        main: the person the form was opened for; ``people``: all who are to appear; ids.
        filled_for: the hearing type whose usual lengths stand in the length fields.
        where: "court-<id>" for any courtroom of a court, or "room-<id>".
        instruction: where counsel confers from: "" any free instruction suite, "none", or the
            resource id of one.
        interpreter: the languages to interpret; ``interpreter_for`` what the people's records say.
        counsel: a name for each person id.
        previous: the booking this is the next event of.
        reason: why a booking is moved; ``warning_reason`` why it goes there all the same.
    """

    main: int | None = None
    people: list[int] = field(default_factory=list)
    matter: int | None = None
    hearing_type: str = ""
    filled_for: str = ""
    where: str = ""
    date: str = ""
    time: str = ""
    which: str = ""
    minutes: str = ""
    pre_minutes: str = ""
    post_minutes: str = ""
    instruction: str = ""
    interpreter: str = ""
    interpreter_for: str = ""
    counsel: dict[str, str] = field(default_factory=dict)
    staff_notes: str = ""
    prison_notes: str = ""
    role: str = ""
    officer_name: str = ""
    mode_reason: str = ""
    criteria: list[str] = field(default_factory=list)
    consent: str = ""
    consent_how: str = ""
    previous: str = ""
    reason: str = ""
    warning_reason: str = ""

    @classmethod
    def from_form(cls, form: MultiDict[str, str]) -> Typed:
        """Read a submitted form; whatever was typed is kept, even if it makes no sense.

        A date that can be read is kept as the date it is today: a kept form is opened again on
        another day, and a browser's date field shows nothing else.
        """
        words = {name: form.get(name, "").strip() for name in _WORDS}
        if not _IN_FULL.fullmatch(words["date"]):
            words["date"] = as_date_field(words["date"], _zone_of(words["where"]))
        return cls(
            main=form.get("main", type=int),
            people=form.getlist("person", type=int),
            matter=form.get("matter", type=int),
            counsel={
                name.removeprefix("counsel-"): value.strip()
                for name, value in form.items()
                if name.startswith("counsel-")
            },
            criteria=form.getlist("criteria"),
            **words,
        )

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Typed:
        """Read a kept form, also one that an older version of this form kept."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def to_keep(self) -> dict[str, Any]:
        """Everything typed, for the database."""
        return asdict(self)

    @property
    def asked_for(self) -> list[int]:
        """Everybody the form has to know: the person it is for, and whoever was ticked."""
        first = [self.main] if self.main is not None else []
        return list(dict.fromkeys([*first, *self.people]))

    @property
    def date_on(self) -> dt.date | None:
        """The preferred date, None for the soonest.

        Raises:
            InvalidInput: it cannot be read as a date.
        """
        return read_date(self.date)

    @property
    def time_at(self) -> dt.time | None:
        """The preferred start, None for any time.

        Raises:
            InvalidInput: it cannot be read as a time.
        """
        return read_time(self.time)


def _zone_of(where: str) -> str:
    """The zone of the court or courtroom chosen."""
    kind, _, number = where.partition("-")
    if not number.isdecimal() or len(number) > 9:
        return DEFAULT_ZONE
    found = zone_of_room(int(number)) if kind == "room" else zone_of_site(int(number))
    return found or DEFAULT_ZONE


_IN_FULL = re.compile(r"|\d{4}-\d{2}-\d{2}")
"""Nothing, or a date as a browser's own field sends it: neither is counted from today."""

_WORDS = [f.name for f in fields(Typed) if f.type == "str"]


def read_minutes(typed: str, name: str, words: str, *, usual: int) -> int:
    """Read a length in minutes; nothing typed means the usual one.

    Raises:
        InvalidInput: it is no whole number of minutes on the five-minute grid.
    """
    if not typed.strip():
        return usual
    if not typed.strip().isdecimal() or int(typed) % 5:
        raise InvalidInput(name, f"{words} must be in steps of 5 minutes, such as 15.")
    return int(typed)


def within_length(typed: str, name: str, words: str, longest: int = NOTES_LENGTH) -> str:
    """Refuse a text that is too long to keep.

    Raises:
        InvalidInput: says by how much.
    """
    if len(typed) > longest:
        over = len(typed) - longest
        raise InvalidInput(name, f"{words} must have {longest} characters or fewer: {over} over.")
    return typed
