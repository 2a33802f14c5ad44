"""The administrator's pages of hearing types and mode rules, through the client."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.models import Disruption, HearingType, ModeLayer, ModeRule, db
from tests import make
from tests.counting import statements
from tests.scene import Scene

KIND = {
    "name": "Bail application",
    "jurisdiction": "criminal",
    "act_class": "criminal_procedural",
    "consent": "no",
    "typical_minutes": "45",
    "pre_minutes": "0",
    "post_minutes": "0",
    "access": "open",
    "priority": "50",
    "is_bookable": "yes",
}
RULE = {
    "layer": "protocol",
    "hearing_type": "CRB",
    "mode": "in_person",
    "consent": "no",
    "in_custody": "yes",
    "override_role": "judicial_officer",
    "from_on": "25 Nov 2026",
    "sentence": "bail is in person from now on.",
    "source": "Protocol of November 2026",
}


@pytest.fixture
def scene(scene: Scene, client: FlaskClient) -> Scene:
    make.sign_in(client, make.user(Role.ADMINISTRATOR))
    return scene


def mark_in(page: str) -> str:
    return page.split('name="mark" value="')[1].split('"')[0]


def test_type_is_looked_at_and_changed(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    assert "Bail application" in client.get("/admin/types").text
    mark = mark_in(client.get("/admin/types/crb").text)

    seen = client.post("/admin/types/CRB", data=KIND | {"mark": mark}).text
    assert "Changing “Bail application” affects 1 booking." in seen
    assert "Ways out: 1 can be moved." in seen
    # An administrator sets the system up, and reads nobody's bookings.
    assert "1 booking that you may not look into" in seen
    assert booking.reference not in seen

    data = KIND | {"mark": mark, "step": "save"}
    saved = client.post("/admin/types/CRB", data=data, follow_redirects=True).text
    assert "1 booking needs a way out" in saved
    assert "Usual length of the hearing: 30 → 45" in saved
    again = client.post("/admin/types/CRB", data=data | {"typical_minutes": "50"})
    assert again.status_code == 409
    assert 'value="50"' in again.text


def test_type_is_added_and_errors_keep_what_was_typed(client: FlaskClient, scene: Scene) -> None:
    wrong = client.post("/admin/types/new", data=KIND | {"name": "", "priority": "high"})
    assert wrong.status_code == 422
    for words in ("Fill in “Code”.", "Fill in “Name”.", "“high” is not a whole number"):
        assert wrong.text.count(words) == 2
    assert 'value="high"' in wrong.text

    data = KIND | {"code": "NEW", "name": "New kind"}
    saved = client.post("/admin/types/new", data=data, follow_redirects=True).text
    assert "New kind is added." in saved
    assert db.session.get(HearingType, "NEW") is not None


def test_rule_is_looked_at_added_and_ended(client: FlaskClient, scene: Scene) -> None:
    request_booking(scene.request("10:00"), by=scene.registrar)
    seen = client.post("/admin/modes/new", data=RULE).text
    assert "This rule affects 1 booking." in seen
    assert "Ways out: 1 has to be in person." in seen
    assert db.session.scalars(select(ModeRule)).all() == []

    data = RULE | {"step": "save"}
    saved = client.post("/admin/modes/new", data=data, follow_redirects=True).text
    assert "1 booking needs a way out" in saved
    assert "From Wed 25 Nov 2026" in saved
    code = db.session.scalars(select(ModeRule.code)).one()

    path = f"/admin/modes/{code}"
    end = {"mark": mark_in(client.get(path).text), "to_on": "26 Nov 2026"}
    assert "affects no booking" in client.post(f"{path}/end", data=end).text
    ended = client.post(f"{path}/end", data=end | {"step": "save"}, follow_redirects=True).text
    assert "until Thu 26 Nov 2026" in ended
    assert client.post(f"{path}/end", data=end | {"step": "save"}).status_code == 409

    fresh = {"mark": mark_in(client.get(path).text)}
    looked = client.post(f"{path}/withdraw", data=fresh).text
    assert "1 booking is possible again." in looked
    gone = client.post(
        f"{path}/withdraw", data=fresh | {"step": "save"}, follow_redirects=True
    ).text
    assert "1 booking is possible again." in gone
    assert db.session.scalars(select(Disruption.resolved_at)).one() is not None
    assert client.get(path).status_code == 404


def test_rule_without_a_source_or_date_is_refused(client: FlaskClient, scene: Scene) -> None:
    answer = client.post("/admin/modes/new", data=RULE | {"source": ""})
    assert (answer.status_code, answer.text.count("Say where this rule is written.")) == (422, 2)

    answer = client.post("/admin/modes/new", data=RULE | {"from_on": "31 Feb 2027"})
    assert (answer.status_code, "Enter a real date" in answer.text) == (422, True)
    assert 'value="31 Feb 2027"' in answer.text


def test_rules_that_have_ended_are_shown_when_asked_for(client: FlaskClient, scene: Scene) -> None:
    make.mode_rule()
    from_to = {"from_on": date(2010, 7, 7), "to_on": date(2017, 3, 1)}
    make.mode_rule("OLD", sentence="once it was otherwise.", **from_to)

    assert "Once it was otherwise" not in client.get("/admin/modes?layer=").text
    assert "Once it was otherwise" in client.get("/admin/modes?layer=&all=yes").text
    assert "It has ended" in client.get("/admin/modes/OLD").text


def test_pages_cost_the_same_for_one_row_and_for_many(client: FlaskClient, scene: Scene) -> None:
    make.mode_rule()
    paths = ("/admin/types", "/admin/types/CRB", "/admin/modes", "/admin/modes/ACT8-1")
    for path in (*paths, "/admin/types/new", "/admin/modes/new"):
        counts = []
        for number in range(2):
            make.mode_rule(f"{path}-{number}")
            with statements(db.engine) as seen:
                assert client.get(path).status_code == 200
            counts.append(len(seen))
        assert len(set(counts)) == 1
        assert counts[0] <= 10


def test_who_decides_is_chosen_in_words_and_a_files_own_word_stays(
    client: FlaskClient, session: Any, scene: Scene
) -> None:
    kind = session.scalars(select(HearingType).where(HearingType.code == "CRB")).one()
    kind.decided_by = "judicial_officer|harbour_master"
    session.commit()

    listed = client.get("/admin/types").text
    shown = client.get("/admin/types/CRB").text

    assert "A judicial officer or harbour master" in listed
    assert 'value="judicial_officer|harbour_master" selected' in shown
    assert '<option value="parole_board">The Parole Board</option>' in shown
    sent = KIND | {"mark": mark_in(shown), "step": "save", "decided_by": "parole_board"}
    assert client.post("/admin/types/CRB", data=sent).status_code == 303
    session.rollback()
    assert session.get(HearingType, "CRB").decided_by == "parole_board"
    assert "The Parole Board" in client.get("/admin/types").text


def test_retired_types_stand_apart(client: FlaskClient, session: Any, scene: Scene) -> None:
    assert "Retired" not in client.get("/admin/types").text.split("<main")[1]
    session.get(HearingType, "CRB").is_bookable = False
    session.commit()

    assert "Retired" in client.get("/admin/types").text.split("<main")[1]


def test_the_rules_are_narrowed_and_stay_so_after_saving(client: FlaskClient, scene: Scene) -> None:
    make.mode_rule("ACT", layer=ModeLayer.STATUTE, sentence="the Act says so.")
    make.mode_rule("OURS", layer=ModeLayer.PROTOCOL, sentence="the court says so.")
    other = {"hearing_type_code": None, "act_class": "civil", "layer": ModeLayer.PROTOCOL}
    make.mode_rule("CIVIL", **other, sentence="in civil matters otherwise.")

    def shown(query: str) -> tuple[bool, ...]:
        page = client.get(f"/admin/modes{query}").text
        return tuple(
            words in page
            for words in ("The Act says so", "The court says so", "In civil matters otherwise")
        )

    assert shown("") == (True, False, False)
    assert shown("?layer=") == (True, True, True)
    assert shown("?type=CRB") == (True, True, False)
    assert shown("?type=CRB&layer=protocol") == (False, True, False)
    page = client.get("/admin/modes?type=CRB&layer=protocol").text
    assert "1 of 3 rules bear on “Bail application”." in page
    assert "/admin/modes/OURS?type=CRB&amp;layer=protocol" in page
    path = "/admin/modes/OURS/end?type=CRB&layer=protocol"
    end = {"mark": mark_in(client.get("/admin/modes/OURS").text), "to_on": "26 Nov 2027"}
    saved = client.post(path, data=end | {"step": "save"})
    assert saved.location == "/admin/modes?type=CRB&layer=protocol"
    end["mark"] = mark_in(client.get("/admin/modes/OURS").text)
    saved = client.post("/admin/modes/OURS/end", data=end | {"step": "save", "to_on": ""})
    assert saved.location == "/admin/modes?layer=protocol"
    assert "No rule fits" in client.get("/admin/modes?layer=nonsense").text
