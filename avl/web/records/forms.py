"""The forms of the records, and how a refusal finds its field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovTextInput,
)
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # new in 3.3
from wtforms.validators import InputRequired

from avl import clock
from avl.commands.person_records import Recorded
from avl.domain import dates_typed
from avl.domain.errors import InvalidInput, StaleVersion
from avl.domain.folding import matter_number
from avl.domain.local_time import RepeatedTime, to_local, to_utc
from avl.queries.person_records import PersonRecord
from avl.queries.records import Place
from avl.web.dates import Meant, read_date
from avl.web.registry.typed import read_time

NO_PLACE = SelectChoice("", "Choose a place")
STATUSES = [
    SelectChoice("", "Not known"),
    SelectChoice("remand_accused", "On remand, accused"),
    SelectChoice("remand_convicted", "On remand, convicted"),
    SelectChoice("sentenced", "Sentenced"),
    SelectChoice("recalled", "Recalled"),
]
LANGUAGES = [SelectChoice("en", "English"), SelectChoice("mi", "Te reo Māori")]


class VersionForm(FlaskForm):
    """A change of a record, which nobody makes on an old picture of it."""

    version = HiddenField()
    stale = ""

    def read_version(self) -> int | None:
        """The version of the record that was looked at; None where the form does not say."""
        sent = self.version.data or ""
        return int(sent) if sent.isdecimal() else None

    def look_again(self, refusal: StaleVersion, version: int) -> None:
        """Say that the record has changed; what was typed may be sent for it as it is now."""
        self.version.data = str(version)
        self.stale = refusal.message


class MomentForm(VersionForm):
    """A moment on the wall clock of a place."""

    date = StringField("Date", widget=GovTextInput())
    time = StringField("Time", widget=GovTextInput())
    which = RadioField(
        "The clocks go back that night. Which one is meant?",
        choices=[SelectChoice("0", "The first"), SelectChoice("1", "The second")],
        widget=GovRadioInput(),
        validate_choice=False,
    )
    asks_which = False

    def start_now(self, zone: str) -> None:
        """Fill in this minute, which is what people mostly record."""
        now = to_local(clock.now(), zone)
        self.date.data, self.time.data = now.date().isoformat(), f"{now:%H:%M}"

    def moment(self, zone: str, meant: Meant) -> datetime:
        """The moment typed, by the clock of a place; the date then stands in the form in full.

        Args:
            meant: which way the field looks, for a date without its year.

        Raises:
            InvalidInput: date or time is missing or not real, or the clocks skip or repeat it.
        """
        on = read_date(self.date.data or "", zone, meant)
        if on is None:
            raise InvalidInput("date", "Enter the date, such as 3 Feb 2027.")
        # What is shown and sent again means the same after midnight; a browser's own field for a
        # date shows nothing else.
        self.date.data = on.isoformat()
        at = read_time(self.time.data or "")
        if at is None:
            raise InvalidInput("time", "Enter the time, such as 10:15 or 2:15 pm.")
        fold = int(self.which.data) if self.which.data in ("0", "1") else None
        try:
            return to_utc(datetime.combine(on, at), zone, fold)
        except RepeatedTime:
            self.asks_which = True
            raise


class PlaceForm(MomentForm):
    """A place where people are held, and a moment on its wall clock."""

    site = SelectField("Where", widget=GovSelect(), validate_choice=False)
    status = SelectField("Custody status", choices=STATUSES, widget=GovSelect())
    places: dict[int, Place]

    def offer(self, places: Sequence[Place]) -> None:
        """Offer these places; one alone is chosen already."""
        self.places = {place.id: place for place in places}
        named = [SelectChoice(str(place.id), place.name) for place in places]
        self.site.choices = named if len(places) == 1 else [NO_PLACE, *named]

    def place(self) -> Place:
        """The place chosen.

        Raises:
            InvalidInput: none was, or one that is not offered.
        """
        chosen = self.site.data or ""
        found = self.places.get(int(chosen)) if chosen.isdecimal() else None
        if found is None:
            raise InvalidInput("site", "Choose where the person is held.")
        return found


class PersonForm(PlaceForm):
    """Somebody new, and where they are held."""

    prn = StringField("PRN", [InputRequired("Enter the PRN")], widget=GovTextInput())
    family_name = StringField(
        "Family name", [InputRequired("Enter the family name")], widget=GovTextInput()
    )
    given_names = StringField("Given names", widget=GovTextInput())
    born_on = StringField("Date of birth (optional)", widget=GovTextInput())
    interpreter_language = StringField("Needs an interpreter (optional)", widget=GovTextInput())

    def birthday(self) -> date | None:
        """The date of birth, if one was typed.

        Raises:
            InvalidInput: it is no real date.
        """
        return _birthday(self.born_on.data)

    def fill_from(self, typed: str) -> None:
        """Carry over what was searched for: a PRN, or a name; a matter's number is neither."""
        words = [] if matter_number(typed) else typed.split()
        if any(letter.isdigit() for word in words for letter in word):
            self.prn.data = "".join(words)
        elif words:
            self.family_name.data, self.given_names.data = words[-1], " ".join(words[:-1])


class RecordForm(VersionForm):
    """What is recorded of somebody, besides where they are."""

    born_on = StringField("Date of birth (optional)", widget=GovTextInput())
    interpreter_language = StringField("Needs an interpreter (optional)", widget=GovTextInput())
    status = SelectField("Custody status", widget=GovSelect(), validate_choice=False)
    offered: set[str]

    def begin(self, kept: PersonRecord) -> None:
        """Show what is recorded; a date of birth is told to nobody."""
        self.interpreter_language.data = kept.interpreter_language
        self.status.data = kept.status
        self.version.data = str(kept.version)

    def offer(self, kept: PersonRecord) -> None:
        """Offer the statuses; one that a file brought in its own words stays on the list."""
        known = {choice.value for choice in STATUSES}
        own = [] if kept.status in known else [SelectChoice(kept.status, kept.status)]
        self.status.choices = [*STATUSES, *own]
        self.offered = known | {kept.status}

    def wanted(self) -> Recorded:
        """What is to be recorded; the status stays where the form did not ask for it.

        Raises:
            InvalidInput: the date of birth is no real date, or the status is not on the list.
        """
        status: str | None = self.status.data
        if status is not None and status not in self.offered:
            raise InvalidInput("status", "Choose a status from the list.")
        language = " ".join((self.interpreter_language.data or "").split())
        return Recorded(_birthday(self.born_on.data), language, status)


def _birthday(typed: str | None) -> date | None:
    try:
        return dates_typed.read_date(typed or "")
    except InvalidInput:
        raise InvalidInput("born_on", "Enter a real date, such as 3 Feb 1990.") from None


class MatterForm(FlaskForm):
    """A matter for a person."""

    number = StringField(
        "Matter number", [InputRequired("Enter the matter number")], widget=GovTextInput()
    )
    court = SelectField("Court", widget=GovSelect(), validate_choice=False)
    counsel = StringField("Counsel of record (optional)", widget=GovTextInput())
    is_suppressed = BooleanField("Names are suppressed", widget=GovCheckboxInput())


class PartyForm(FlaskForm):
    """Counsel of record."""

    counsel = StringField("Counsel of record", widget=GovTextInput())


class CounselForm(FlaskForm):
    """Counsel, and how they are told."""

    name = StringField("Name", [InputRequired("Enter counsel's name")], widget=GovTextInput())
    firm = StringField("Firm or chambers (optional)", widget=GovTextInput())
    mobile = StringField("Mobile", widget=GovTextInput())
    email = StringField("E-mail address (optional)", widget=GovTextInput())
    language = RadioField(
        "Texts are written in", choices=LANGUAGES, default="en", widget=GovRadioInput()
    )


def mark(form: FlaskForm, refusal: InvalidInput) -> None:
    """Put a refusal beside the field it belongs to; beside the first where it has none."""
    fields = [name for name in form._fields if name != "csrf_token"]
    name = refusal.field if refusal.field in fields else fields[0]
    form[name].errors = [*form[name].errors, refusal.message]


def show(template: str, form: FlaskForm, status: int = 422, **more: object) -> ResponseReturnValue:
    """The page with its form: 422 when what was sent could not be used, 409 when it is stale."""
    page = render_template(template, form=form, **more)
    return (page, status) if form.is_submitted() else page
