"""Every text word for word, in both languages, short enough, and without a secret."""

from __future__ import annotations

import csv
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from jinja2 import UndefinedError, nodes

from avl.domain.news import Arrangement
from avl.domain.sms import SmsKind
from avl.messages.sms import (
    LANGUAGES,
    TEMPLATES,
    Facts,
    _environment,
    _words,
    court_names,
    mark_in_body,
    render,
    says_when,
)

WAS = Arrangement(
    "Hutt Valley District Court",
    "Pacific/Auckland",
    datetime(2027, 2, 2, 21, 15, tzinfo=UTC),
    datetime(2027, 2, 2, 21, 0, tzinfo=UTC),
)
NOW = Arrangement(
    "Hutt Valley District Court",
    "Pacific/Auckland",
    datetime(2027, 2, 4, 1, 30, tzinfo=UTC),
    datetime(2027, 2, 4, 1, 15, tzinfo=UTC),
)
COURT = {
    "name": "Hutt Valley District Court",
    "name_mi": "",
    "short_name": "Hutt Valley",
    "subkind": "DC",
}
every_text = pytest.mark.parametrize(
    ("kind", "language"), list(product(SmsKind, LANGUAGES)), ids=lambda value: str(value)
)


def facts(language: str, **changes) -> Facts:
    given = {
        "reference": "AVL-7K3F9C",
        "mark": "4QX7P",
        "courts": court_names(language, **COURT),
        "phone": "04 914 3000",
        "now": NOW,
        "was": WAS,
    }
    return Facts(**given | changes)


@every_text
def test_text_reads_exactly_so(kind, language):
    snapshot = TEMPLATES / kind / f"sms.{language}.snapshot"

    assert render(kind, language, facts(language)).body + "\n" == snapshot.read_text()


@every_text
def test_text_without_conference_or_telephone_still_reads_well(kind, language):
    alone = Arrangement(NOW.court, NOW.zone, NOW.hearing_at, None)
    body = render(kind, language, facts(language, now=alone, phone="")).body

    assert "None" not in body
    assert " ." not in body
    assert "  " not in body
    assert "conference" not in body
    assert "hui" not in body
    assert body.endswith(f". {mark_in_body('4QX7P')}")


def real_courts() -> list[dict[str, str]]:
    folders = Path(__file__).resolve().parents[2] / "avl" / "areas"
    rows = [
        row
        for found in sorted(folders.glob("*/sites.csv"))
        for row in csv.DictReader(found.read_text(encoding="utf-8").splitlines())
        if row["kind"] == "court"
    ]
    assert len(rows) > 50
    return rows


@every_text
def test_every_real_court_fits_in_two_segments(kind, language):
    longest = datetime(2026, 9, 29, 22, 45, tzinfo=UTC)  # Wednesday the 30th, 11:45 am
    for row in real_courts():
        now = Arrangement(row["name"], "Pacific/Auckland", longest, longest - timedelta(minutes=15))
        was = Arrangement(row["name"], "Pacific/Auckland", longest - timedelta(days=2), None)
        names = court_names(
            language,
            name=row["name"],
            name_mi=row.get("name_mi", ""),
            short_name=row.get("short_name") or row["town"],
            subkind=row["subkind"],
        )
        text = render(
            kind, language, facts(language, courts=names, phone="09 123 4567", now=now, was=was)
        )
        assert text.segments.count <= 2, text.body
        if language == "mi":
            assert text.segments.units <= 134
        if kind is not SmsKind.MOVED:
            assert any(name in text.body for name in names)


@every_text
def test_text_is_one_line_in_nfc_with_its_macrons(kind, language):
    body = render(kind, language, facts(language)).body

    assert unicodedata.is_normalized("NFC", body)
    assert body == " ".join(body.split())
    if language == "mi":
        assert "kōti" in body.lower()


def test_long_te_reo_names_give_way_to_shorter_ones():
    names = court_names(
        "mi",
        name="Rotorua District Court",
        name_mi="Te Rotorua-nui-a-Kahumatamomoe",
        short_name="Rotorua",
        subkind="DC",
    )
    text = render(SmsKind.BOOKED, "mi", facts("mi", courts=names))

    assert names[0] == "Kōti-ā-Rohe, Te Rotorua-nui-a-Kahumatamomoe"
    assert "Rotorua" in text.body
    assert text.segments.units <= 134


def test_a_word_the_facts_do_not_give_is_an_error():
    template = _environment().from_string("{{ person_name }}")

    with pytest.raises(UndefinedError):
        template.render(reference="AVL-7K3F9C")


@every_text
def test_templates_print_words_and_ask_whether_there_are_any_and_no_more(kind, language):
    """`render` reads each template once for what there is to say, whatever it says."""
    source = (TEMPLATES / kind / f"sms.{language}.txt").read_text("utf-8")

    found = {type(node) for node in _environment().parse(source).find_all(nodes.Node)}
    asked = {type(one.test) for one in _environment().parse(source).find_all(nodes.If)}

    assert found <= {nodes.Output, nodes.TemplateData, nodes.Name, nodes.If}
    assert asked <= {nodes.Name}


@every_text
def test_text_is_what_its_template_says_of_the_same_words(kind, language):
    for phone, conference in product(("", "04 9% {0}"), (None, NOW.conference_at)):
        now = Arrangement(NOW.court, NOW.zone, NOW.hearing_at, conference)
        given = facts(language, phone=phone, now=now, courts=("A {C} %s",))

        written = _environment().get_template(f"{kind}/sms.{language}.txt")
        words = _words(language, given, given.courts[0])

        assert render(kind, language, given).body == " ".join(written.render(words).split())


def test_a_move_needs_the_time_it_moved_from():
    with pytest.raises(ValueError, match="old time"):
        render(SmsKind.MOVED, "en", facts("en", was=None))


def test_a_language_without_messages_is_refused():
    with pytest.raises(ValueError, match="'fr'"):
        render(SmsKind.BOOKED, "fr", facts("en"))


@every_text
def test_what_a_text_says_can_be_asked_of_it(kind, language):
    body = render(kind, language, facts(language)).body
    alone = Arrangement(NOW.court, NOW.zone, NOW.hearing_at, None)

    assert says_when(body, language, NOW) == (kind is not SmsKind.CANCELLED)
    assert not says_when(body, language, WAS)
    assert says_when(body, language, alone) == (kind is SmsKind.CANCELLED)
