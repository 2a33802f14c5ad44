"""The records' pages through a browser without scripts: who sees them, and what they keep."""

import re

import pytest
from sqlalchemy import select

from avl.domain.access import Role
from avl.models import Counsel, CustodyStay, Matter, MatterParty, Person, Sms
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.usefixtures("clock")

LATER = make.during("10:00", "10:30", on="2026-12-02")


@pytest.fixture
def person(rimutaka):
    return make.person("Ngāta-White", "Tama", held_at=rimutaka, prn="90012345")


@pytest.fixture
def officer(client, court):
    return make.sign_in(client, make.user(Role.REGISTRY, court))


@pytest.fixture
def coordinator(client, rimutaka):
    return make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))


def words(answer):
    """What stands on the page, without its tags."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    # A span parts no words.
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", main)).split())


def flashes(client, answer):
    return words(client.get(answer.headers["Location"]))


NEW_PERSON = {
    "prn": "rx 900123",
    "family_name": "Pōhatu",
    "given_names": "Hēmi",
    "born_on": "3 Feb 1990",
    "interpreter_language": "Samoan",
    "date": "2026-11-24",
    "time": "09:15",
    "which": "",
    "status": "remand_accused",
}


def test_person_not_found_is_added_with_what_was_searched_for(officer, session, rimutaka):
    nobody = officer.get("/records/people?q=Hemi+Pohatu")
    assert "Nobody is found under “Hemi Pohatu”" in words(nobody)
    assert '<a class="govuk-link" href="/records/people/new?q=Hemi+Pohatu">' in nobody.text

    form = officer.get("/records/people/new?q=Hemi+Pohatu").text
    assert re.search(r'name="family_name"[^>]*value="Pohatu"', form)
    assert re.search(r'name="given_names"[^>]*value="Hemi"', form)
    assert re.search(r'name="date"[^>]*value="2026-11-24"', form)
    by_prn = officer.get("/records/people/new?q=9001+2345").text
    assert re.search(r'name="prn"[^>]*value="90012345"', by_prn)

    done = officer.post("/records/people/new", data=NEW_PERSON | {"site": str(rimutaka.id)})

    assert "Hēmi Pōhatu is added, at Rimutaka Prison since " in flashes(officer, done)
    made = session.scalars(select(Person)).one()
    assert (made.prn, made.born_on.isoformat()) == ("RX900123", "1990-02-03")
    stay = session.scalars(select(CustodyStay)).one()
    assert (stay.starts_at, stay.status) == (make.at("09:15"), "remand_accused")
    assert "Hēmi PŌHATU" in words(officer.get("/records/people?q=pohatu"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"prn": ""}, "Enter the PRN"),
        ({"prn": "12"}, "Enter the PRN: 4 to 12 letters and figures"),
        ({"family_name": ""}, "Enter the family name"),
        ({"site": ""}, "Choose where the person is held."),
        ({"site": "99999"}, "Choose where the person is held."),
        ({"date": ""}, "Enter the date, such as 3 Feb 2027."),
        ({"date": "soon"}, "Enter a real date, such as 3 Feb 2027."),
        ({"time": "late"}, "Enter a time, such as 10:15 or 2:15 pm."),
        ({"born_on": "young"}, "Enter a real date, such as 3 Feb 1990."),
        ({"date": "2026-09-27", "time": "02:30"}, "There is no 2:30 am on Sun 27 Sep 2026"),
        ({"date": "2026-04-05", "time": "02:30"}, "happens twice"),
    ],
)
def test_nothing_typed_about_a_person_is_lost(officer, session, rimutaka, typed, said):
    sent = NEW_PERSON | {"site": str(rimutaka.id)} | typed

    answer = officer.post("/records/people/new", data=sent)

    assert answer.status_code == 422
    assert "There is a problem" in words(answer)
    assert words(answer).count(said) == 2  # on top, and beside the field
    for name, value in sent.items():
        if name not in ("site", "which", "status") and value:
            assert f'value="{value}"' in answer.text
    assert "<title>Error: Add a person" in answer.text
    assert session.scalars(select(Person)).all() == []


def test_repeated_time_is_asked_about_and_then_taken(officer, session, rimutaka):
    sent = NEW_PERSON | {"site": str(rimutaka.id), "date": "2026-04-05", "time": "02:30"}

    asked = officer.post("/records/people/new", data=sent)
    assert "The clocks go back that night" in words(asked)
    officer.post("/records/people/new", data=sent | {"which": "1"})

    stay = session.scalars(select(CustodyStay)).one()
    assert stay.starts_at == make.at("02:30", on="2026-04-05", fold=1)


def test_person_with_a_known_prn_is_shown_instead(officer, rimutaka, person):
    sent = NEW_PERSON | {"site": str(rimutaka.id), "prn": "9001 2345"}

    answer = officer.post("/records/people/new", data=sent)

    assert answer.status_code == 422
    assert "Tama NGĀTA-WHITE already has the PRN 90012345." in words(answer)
    assert f'href="/records/people/{person.id}"' in answer.text


def test_coordinator_adds_people_at_their_own_prison(coordinator, rimutaka, arohata):
    form = coordinator.get("/records/people/new").text

    assert "Rimutaka Prison" in form
    assert "Arohata Prison" not in form


def test_person_page_shows_my_courts_matters_and_bookings_only(officer, court, person, rimutaka):
    counsel = make.counsel("Mere Parata")
    mine = make.matter(court, person, by=counsel)
    theirs = make.matter(make.court(), person, number="CRI-2026-055-000001")
    booking = make.booking(person, at_court=court, at_prison=rimutaka, hearing=LATER)
    hidden = make.booking(
        person,
        at_prison=rimutaka,
        hearing=make.during("13:00", "13:30", on="2026-12-02"),
    )

    page = words(officer.get(f"/records/people/{person.id}"))

    assert "Tama NGĀTA-WHITE PRN 90012345. At Rimutaka." in page
    assert mine.number in page
    assert "Counsel of record: Mere Parata." in page
    assert booking.reference in page
    assert theirs.number not in page
    assert hidden.reference not in page
    assert "Record a transfer" not in page


def test_person_page_asks_the_same_number_of_questions_for_any_number_of_bookings(
    officer, session, court, person, rimutaka
):
    make.booking(person, at_court=court, at_prison=rimutaka, hearing=LATER)
    with statements(session.get_bind()) as one:
        officer.get(f"/records/people/{person.id}")
    for hour in ("11", "12", "13"):
        make.booking(
            person,
            at_court=court,
            at_prison=rimutaka,
            hearing=make.during(f"{hour}:00", f"{hour}:30", on="2026-12-02"),
        )
    with statements(session.get_bind()) as four:
        officer.get(f"/records/people/{person.id}")

    assert len(one) == len(four)


def test_transfer_says_which_bookings_are_left_behind(coordinator, session, person, arohata):
    rimutaka = person.stays[0].site
    booking = make.booking(person, at_prison=rimutaka, hearing=LATER)
    address = f"/records/people/{person.id}/transfer"
    asked = coordinator.get(address)
    assert '<span class="avl-nowrap">' in asked.text
    form = words(asked)
    assert "Record a transfer: Tama NGĀTA-WHITE" in form
    assert booking.reference in form

    sent = {"site": str(arohata.id), "date": "1 Dec 2026", "time": "9am", "status": ""}
    done = coordinator.post(address, data=sent | {"step": "save"})

    page = flashes(coordinator, done)
    assert "is recorded at Arohata Prison from Tue 1 Dec 2026, 9:00 am." in page
    assert "1 booking needs a way out: see the worklist." in page
    assert page.count("Important") == 1
    assert "Booked where this person will not be" in page
    assert "Planned: Arohata Prison, from Tue 1 Dec 2026, 9:00 am" in page
    again = words(coordinator.get(f"/records/people/{person.id}"))
    assert "Booked where this person will not be" in again

    asked = words(coordinator.get(f"/records/people/{person.id}/withdraw"))
    assert "will no longer be recorded; the person stays at Rimutaka Prison." in asked
    done = coordinator.post(f"/records/people/{person.id}/withdraw")
    assert "stays at Rimutaka Prison." in flashes(coordinator, done)
    done = coordinator.post(f"/records/people/{person.id}/withdraw")
    assert "no planned move" in flashes(coordinator, done)


def test_receiving_coordinator_sees_that_others_have_bookings(client, person, rimutaka, arohata):
    make.booking(person, at_prison=rimutaka, hearing=LATER)
    receiver = make.sign_in(client, make.user(Role.AVL_COORDINATOR, arohata))
    address = f"/records/people/{person.id}/transfer"
    assert "Rimutaka Prison" not in re.findall(r"<option[^>]*>([^<]*)", client.get(address).text)

    sent = {"site": str(arohata.id), "date": "2026-12-01", "time": "09:00", "status": ""}
    done = receiver.post(address, data=sent | {"step": "save"})

    page = flashes(receiver, done)
    assert "1 more that another court or prison looks after" in page


def test_release_is_recorded_and_keeps_what_was_typed_when_refused(coordinator, session, person):
    address = f"/records/people/{person.id}/release"

    refused = coordinator.post(address, data={"date": "2019-01-01", "time": "09:00"})
    done = coordinator.post(address, data={"date": "2026-11-24", "time": "11:30"})

    assert refused.status_code == 422
    assert 'value="2019-01-01"' in refused.text
    page = flashes(coordinator, done)
    assert "is recorded as released on Tue 24 Nov 2026, 11:30 am." in page
    assert session.scalars(select(CustodyStay)).one().ends_at == make.at("11:30")


def test_matter_is_added_with_counsel_found_without_macrons(officer, session, court, person):
    counsel = make.counsel("Māia Tuhoe")
    address = f"/records/people/{person.id}/matters/new"
    sent = {"number": "cri 2026 96 1234", "court": str(court.id), "counsel": "maia tuhoe"}

    done = officer.post(address, data=sent)

    page = flashes(officer, done)
    assert "Tama NGĀTA-WHITE is on CRI-2026-096-001234." in page
    assert "Counsel of record: Māia Tuhoe." in page
    assert session.scalars(select(MatterParty)).one().counsel_id == counsel.id


def test_recorded_matter_is_joined_after_asking(officer, session, court, person):
    matter = make.matter(court, make.person("Pohatu", "Hemi"), number="CRI-2026-096-001234")
    address = f"/records/people/{person.id}/matters/new"
    sent = {"number": "CRI-2026-096-1234", "court": str(court.id), "counsel": ""}

    asked = officer.post(address, data=sent)
    done = officer.post(address, data=sent | {"join": str(matter.id)})

    assert asked.status_code == 422
    said = "is already recorded at Hutt Valley District Court, with Hemi POHATU."
    assert said in words(asked)
    assert 'value="CRI-2026-096-1234"' in asked.text
    assert "With Hemi POHATU" in flashes(officer, done)
    assert len(session.scalars(select(MatterParty)).all()) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "1234"}, "Enter the whole matter number"),
        ({"counsel": "Nobody Known"}, "No counsel is called “Nobody Known”."),
        ({"court": "0"}, "Choose the court."),
    ],
)
def test_nothing_typed_about_a_matter_is_lost(officer, session, court, person, typed, said):
    sent = {"number": "CRI-2026-096-1234", "court": str(court.id), "counsel": ""} | typed

    answer = officer.post(f"/records/people/{person.id}/matters/new", data=sent)

    assert answer.status_code == 422
    assert words(answer).count(said) == 2
    assert f'value="{sent["number"]}"' in answer.text
    assert session.scalars(select(Matter)).all() == []


def test_counsel_of_record_is_changed_and_other_bookings_are_named(officer, court, person):
    old, new = make.counsel("Mere Parata"), make.counsel("Rewi Hohepa")
    matter = make.matter(court, person, by=old)
    prison = person.stays[0].site
    booking = make.booking(
        person, at_court=court, at_prison=prison, by=old, matter=matter, hearing=LATER
    )
    address = f"/records/matters/{matter.id}/people/{person.id}"
    assert 'value="Mere Parata"' in officer.get(address).text

    done = officer.post(address, data={"counsel": new.name})

    page = flashes(officer, done)
    assert f"These bookings still have other counsel: {booking.reference}." in page
    assert "Counsel of record: Rewi Hohepa." in page


def test_counsel_is_found_added_and_changed(officer, session):
    make.counsel("Mere Parata", firm="Hīkoi Law")
    assert "Mere Parata" in words(officer.get("/records/counsel?q=hīkoi law"))
    nobody = officer.get("/records/counsel?q=Maia")
    assert 'href="/records/counsel/new?q=Maia"' in nobody.text
    sent = {
        "name": "Māia Tuhoe",
        "firm": "",
        "mobile": "04 499 1234",
        "email": "",
        "language": "mi",
    }

    refused = officer.post("/records/counsel/new", data=sent)
    done = officer.post("/records/counsel/new", data=sent | {"mobile": "021 123 4567"})

    assert refused.status_code == 422
    assert words(refused).count("This is a landline, which cannot receive texts.") == 2
    assert 'value="04 499 1234"' in refused.text
    assert "Māia Tuhoe is added." in flashes(officer, done)
    assert "+64211234567" in words(officer.get("/records/counsel?q=maia+tuhoe"))

    made = session.scalars(select(Counsel).where(Counsel.firm == "")).one()
    same = officer.post("/records/counsel/new", data=sent | {"mobile": "", "name": "maia tuhoe"})
    assert same.status_code == 422
    assert f'href="/records/counsel/{made.id}"' in same.text
    changed = officer.post(
        f"/records/counsel/{made.id}", data=sent | {"mobile": "", "email": "a@b.nz"}
    )
    assert "Māia Tuhoe is changed." in flashes(officer, changed)
    assert "none: gets no texts" in words(officer.get("/records/counsel?q=maia"))


def test_new_number_says_how_many_texts_follow(officer, session, court):
    counsel = make.counsel("Mere Parata")
    booking = make.booking(at_court=court, by=counsel, hearing=LATER)
    text = {"booking_id": booking.id, "booking_version": 1, "time_version": 1, "kind": "booked"}
    times = {"due_at": make.at("09:00"), "expires_at": LATER.start}
    stamps = {"created_at": make.at("09:00"), "updated_at": make.at("09:00")}
    to = {"counsel_id": counsel.id, "to_e164": counsel.mobile, "language": "en"}
    session.add(Sms(body="AVL", ref="ABCDE", **text, **times, **stamps, **to))
    session.commit()
    sent = {"name": counsel.name, "firm": "", "email": "", "language": "en"}

    done = officer.post(f"/records/counsel/{counsel.id}", data=sent | {"mobile": "0275550199"})

    assert "1 waiting text follows the change." in flashes(officer, done)
    assert session.scalars(select(Sms)).one().to_e164 == "+64275550199"


@pytest.mark.parametrize(
    "address",
    [
        "/records/counsel",
        "/records/counsel/new",
        "/records/people/{person}/matters/new",
        "/records/matters/{matter}/people/{person}",
    ],
)
def test_coordinator_keeps_no_matters_and_no_counsel(coordinator, court, person, address):
    matter = make.matter(court, person)
    address = address.format(person=person.id, matter=matter.id)

    assert coordinator.get(address).status_code == 404
    assert coordinator.post(address).status_code in (404, 405)
    assert matter.number not in coordinator.get(f"/records/people/{person.id}").text


@pytest.mark.parametrize("what", ["transfer", "release", "withdraw"])
def test_registry_moves_nobody(officer, person, what):
    assert officer.get(f"/records/people/{person.id}/{what}").status_code == 404
    assert officer.post(f"/records/people/{person.id}/{what}").status_code == 404


def test_another_courts_matter_does_not_exist(officer, session, person):
    matter = make.matter(make.court(), person)
    address = f"/records/matters/{matter.id}/people/{person.id}"

    assert officer.get(address).status_code == 404
    assert officer.post(address, data={"counsel": ""}).status_code == 404


def test_another_prisons_coordinator_releases_nobody(client, person, arohata):
    stranger = make.sign_in(client, make.user(Role.AVL_COORDINATOR, arohata))

    assert stranger.get(f"/records/people/{person.id}/release").status_code == 404
    assert stranger.post(f"/records/people/{person.id}/withdraw").status_code == 302


@pytest.mark.parametrize("role", [Role.PRISON_OFFICER, Role.COUNSEL, Role.MANAGER])
def test_other_roles_have_no_records(client, person, rimutaka, role):
    make.sign_in(client, make.user(role, rimutaka))

    for address in ("/records", "/records/people", f"/records/people/{person.id}"):
        assert client.get(address).status_code == 404
