"""Text messages to counsel, in English and te reo Māori.

No text ever holds a name, a charge, a file number or a dial-in link: phones get lost, and the
provider keeps its copy abroad. Macrons are correct spelling and stay, although one macron makes
the whole text travel in 70-letter parts; so every text is kept to two parts by saying the
court's name more briefly where it must be.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from avl.domain.local_time import WEEKDAYS, say_time, to_local
from avl.domain.news import Arrangement
from avl.domain.sms import Segments, SmsKind, segments

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "messages"
LANGUAGES = ("en", "mi")
MOST_SEGMENTS = 2
_PLACE = "\ue000"
"""Stands in no text: Unicode leaves it to whoever wants one for a use of their own."""

_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "mi": ["Hān", "Pēp", "Māe", "Āpe", "Mei", "Hun", "Hūr", "Āku", "Hep", "Oke", "Noe", "Tīh"],
}
_DAYS = {
    "en": [day[:3] for day in WEEKDAYS],
    "mi": ["Mane", "Tūrei", "Wenerei", "Tāite", "Paraire", "Hātarei", "Rātapu"],
}
_SHORT_DAYS_MI = ["Man", "Tūr", "Wen", "Tāi", "Par", "Hāt", "Rāt"]
# Te Kōti-ā-Rohe and Te Kōti Matua are the courts' own names (Ministry of Justice).
_COURTS_MI = {"DC": "Kōti-ā-Rohe", "HC": "Kōti Matua"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one text may say, and nothing else.

    Attributes:
        reference: the booking's spoken reference.
        mark: the text's own mark, by which the provider's list can be searched.
        courts: the court's name, fullest first; a briefer one is used where space is short.
        phone: the registry's number; "" when the court has none on record.
        now: the arrangement the text is about (for a cancellation, the one that is off).
        was: the arrangement counsel was told before, when it moved.
    """

    reference: str
    mark: str
    courts: tuple[str, ...]
    phone: str
    now: Arrangement
    was: Arrangement | None = None


@dataclass(frozen=True, slots=True)
class Sms:
    """A finished text."""

    body: str

    @property
    def segments(self) -> Segments:
        """How it travels, and in how many parts."""
        return segments(self.body)


def render(kind: SmsKind, language: str, facts: Facts) -> Sms:
    """Write one text, in NFC, on one line, ending in its mark.

    Raises:
        ValueError: a language without templates, or a move without the time it moved from.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no messages are written in {language!r}")
    if kind is SmsKind.MOVED and facts.was is None:
        raise ValueError("a moved booking is told with its old time")
    # Counsel who knows the old time knows the court, so a move may leave it out altogether.
    courts = (*facts.courts, "") if kind is SmsKind.MOVED else facts.courts
    for court in courts:
        words = _words(language, facts, court)
        text = _form(kind, language, tuple(words), tuple(map(bool, words.values()))) % words
        sms = Sms(unicodedata.normalize("NFC", " ".join(text.split())))
        if sms.segments.count <= MOST_SEGMENTS:
            return sms
    return sms  # Three parts reach counsel too; silence would not.


@lru_cache(maxsize=512)
def court_names(
    language: str, *, name: str, name_mi: str, short_name: str, subkind: str
) -> tuple[str, ...]:
    """How a court may be called in a text, fullest first; never empty, the last one briefest."""
    brief = short_name or name
    place = brief.removesuffix(" District Court").removesuffix(" High Court")
    if language == "mi":
        of = _COURTS_MI.get(subkind)
        places = [said for said in (name_mi, place) if said]
        return tuple(dict.fromkeys([*(f"{of}, {said}" for said in places if of), *places]))
    # Counsel write DC and HC themselves.
    letters = f"{place} {subkind}" if subkind in _COURTS_MI else brief
    return tuple(dict.fromkeys((name, letters, brief)))


def says_when(body: str, language: str, arrangement: Arrangement) -> bool:
    """Whether a text already written says this day, time and conference as the ones that hold.

    What counsel was told is what the text said, so the text itself is asked.
    """
    words = _words(language, Facts("", "", (), "", arrangement), "")
    conference = {"en": ", conference ", "mi": ", hui "}[language]
    rest = f" {words['time']}"
    rest += f"{conference}{words['conference']}." if words["conference"] else "."
    cancelled = rest.removesuffix(".") + " will not happen."
    days = (words["day"], words["short_day"])
    return any(f"{day}{end}" in body for day in days for end in (rest, cancelled))


def mark_in_body(mark: str) -> str:
    """How a text's mark stands in its body, for searching."""
    return f"#{mark}"


def _words(language: str, facts: Facts, court: str) -> dict[str, object]:
    return _times(language, facts.now, facts.was) | {
        "reference": facts.reference,
        "mark": mark_in_body(facts.mark),
        "court": court,
        "phone": facts.phone,
    }


@lru_cache(maxsize=256)
def _times(language: str, now: Arrangement, was: Arrangement | None) -> dict[str, object]:
    """The words for a time; the news of a booking and its reminders say the same ones."""
    return {
        "day": _say_day(now.hearing_at, now.zone, language),
        "short_day": _say_short_day(now.hearing_at, now.zone, language),
        "time": _say_time(now.hearing_at, now.zone, language),
        "conference": (
            _say_time(now.conference_at, now.zone, language) if now.conference_at else ""
        ),
        **(
            {
                "was_day": _say_short_day(was.hearing_at, was.zone, language),
                "was_time": _say_time(was.hearing_at, was.zone, language),
            }
            if was
            else {}
        ),
    }


def _say_day(at: datetime, zone: str, language: str) -> str:
    local = to_local(at, zone)
    day, month = _DAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    return f"{day} {local.day} {month}"


def _say_short_day(at: datetime, zone: str, language: str) -> str:
    if language == "en":
        return _say_day(at, zone, language)
    local = to_local(at, zone)
    return f"{_SHORT_DAYS_MI[local.weekday()]} {local.day}/{local.month}"


def _say_time(at: datetime, zone: str, language: str) -> str:
    # Te reo texts use the 24-hour clock: it is unmistakable and needs no am or pm.
    return say_time(at, zone) if language == "en" else f"{to_local(at, zone):%H:%M}"


@cache
def _form(kind: SmsKind, language: str, names: tuple[str, ...], is_said: tuple[bool, ...]) -> str:
    """A template with a place for each word, where these have something to say and others not.

    A template does no more than print words and ask whether there are any, so what it makes of
    some it makes of all. Booking writes three texts, and Jinja took half of their time.
    """
    places = {
        name: f"{_PLACE}{name}{_PLACE}" if is_there else ""
        for name, is_there in zip(names, is_said, strict=True)
    }
    written = _template(kind, language).render(places).replace("%", "%%")
    return re.sub(f"{_PLACE}([a-z_]+){_PLACE}", r"%(\1)s", written)


@cache
def _template(kind: SmsKind, language: str) -> Template:
    return _environment().get_template(f"{kind}/sms.{language}.txt")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Plain text for a phone, so nothing is escaped for HTML.
    # Looking at the files again for every text would cost three calls a booking; they stay as they
    # are for as long as a process lives.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, auto_reload=False
    )
    # A text has no use for Jinja's own functions, which it would be handed one by one.
    environment.globals.clear()
    return environment
