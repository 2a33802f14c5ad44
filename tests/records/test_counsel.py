"""Counsel's records, and the texts that follow a changed number; matters and who is on them."""

import pytest
from sqlalchemy import select

from avl.commands.counsel_records import CounselTyped, SameCounsel, add_counsel, change_counsel
from avl.commands.matters import SameMatter, add_matter, set_party
from avl.commands.outbox import queue_news
from avl.domain.access import Role
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.models import AuditEvent, Booking, Counsel, Matter, MatterParty, Sms
from avl.queries.counsel_records import counsel_list
from tests import make

pytestmark = pytest.mark.usefixtures("clock")

OLD, NEW = "+64211234567", "+64275550199"
TOMORROW = make.during("10:00", "10:30", on="2026-11-26")


@pytest.fixture
def officer(court):
    return make.actor(Role.REGISTRY, court)


def texts(session):
    session.rollback()
    return [
        (sms.kind, sms.state, sms.to_e164, sms.language)
        for sms in session.scalars(select(Sms).order_by(Sms.id))
    ]


def told(session, court, counsel):
    """A booking still to come, with its texts waiting."""
    booking = make.booking(at_court=court, by=counsel, hearing=TOMORROW)
    queue_news(session, session.get_one(Booking, booking.id))
    session.commit()
    return booking


def typed(counsel, **more):
    now = {name: getattr(counsel, name) for name in ("name", "firm", "mobile", "email", "language")}
    return CounselTyped(**(now | more))


def test_counsel_is_added_and_found_without_macrons(session, officer):
    made = add_counsel(
        CounselTyped(" Māia  Tūhoe ", "Te Ao Chambers", "021 123 4567", "maia@teao.nz", "mi"),
        by=officer,
    )

    [found] = counsel_list(officer, "maia TUHOE")
    assert (found.id, found.name, found.mobile) == (made.id, "Māia Tūhoe", OLD)
    assert [one.id for one in counsel_list(officer, "021 123 4567")] == [made.id]
    assert [one.id for one in counsel_list(officer, "te ao")] == [made.id]
    assert counsel_list(officer, "nobody") == []
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject) == ("add_counsel", f"counsel {made.id}")


def test_counsel_of_the_same_name_and_firm_is_shown_not_made(session, officer):
    there = add_counsel(CounselTyped("Māia Tūhoe", "Te Ao"), by=officer)

    with pytest.raises(SameCounsel, match="already recorded") as refusal:
        add_counsel(CounselTyped("maia tuhoe", "TE AO"), by=officer)
    other = add_counsel(CounselTyped("Maia Tuhoe", "Elsewhere"), by=officer)
    with pytest.raises(SameCounsel):
        change_counsel(other.id, typed(other, firm="te ao"), by=officer)

    assert refusal.value.counsel_id == there.id
    assert len(session.scalars(select(Counsel)).all()) == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"mobile": "04 499 1234"}, "mobile"),
        ({"email": "mere"}, "email"),
        ({"language": "fr"}, "language"),
        ({"firm": "x" * 121}, "firm"),
    ],
)
def test_counsel_typed_wrong_is_refused_at_the_field(session, officer, more, field):
    with pytest.raises(InvalidInput) as refusal:
        add_counsel(CounselTyped(**({"name": "Mere Parata"} | more)), by=officer)

    assert refusal.value.field == field


@pytest.mark.both_databases
def test_waiting_texts_follow_counsel_to_the_new_number(session, court, officer):
    counsel = make.counsel(mobile=OLD, mobile_is_bad=True)
    told(session, court, counsel)
    gone = session.scalars(select(Sms).where(Sms.kind == "booked")).one()
    gone.state = "delivered"
    session.commit()

    done = change_counsel(counsel.id, typed(counsel, mobile="027 555 0199"), by=officer)

    assert texts(session) == [
        ("booked", "delivered", OLD, "en"),
        ("reminder_day_before", "pending", NEW, "en"),
        ("reminder_two_hours", "pending", NEW, "en"),
    ]
    assert done.texts == 2
    assert session.get_one(Counsel, counsel.id).mobile_is_bad is False
    event = session.scalars(select(AuditEvent)).one()
    assert event.changes["fields"] == ["mobile"]
    assert len(event.changes["texts"]) == 2
    assert OLD not in str(event.changes)
    assert NEW not in str(event.changes)


def test_without_a_number_waiting_texts_are_dropped_and_a_first_number_brings_them_back(
    session, court, officer
):
    counsel = make.counsel(mobile=OLD)
    told(session, court, counsel)

    change_counsel(counsel.id, typed(counsel, mobile=""), by=officer)
    assert {state for _, state, _, _ in texts(session)} == {"dropped"}

    counsel = session.get_one(Counsel, counsel.id)
    change_counsel(counsel.id, typed(counsel, mobile=NEW), by=officer)
    waiting = [(kind, to) for kind, state, to, _ in texts(session) if state == "pending"]
    assert waiting == [
        ("booked", NEW),
        ("reminder_day_before", NEW),
        ("reminder_two_hours", NEW),
    ]


def test_another_language_rewrites_waiting_texts(session, court, officer):
    counsel = make.counsel(mobile=OLD)
    told(session, court, counsel)

    change_counsel(counsel.id, typed(counsel, language="mi"), by=officer)

    waiting = [language for _, state, _, language in texts(session) if state == "pending"]
    assert waiting == ["mi", "mi", "mi"]


def test_changing_nothing_writes_nothing(session, officer):
    counsel = make.counsel()

    change_counsel(counsel.id, typed(counsel), by=officer)

    assert session.scalars(select(AuditEvent)).all() == []


def test_only_registries_keep_counsel(session):
    coordinator = make.actor(Role.AVL_COORDINATOR, make.prison())
    counsel = make.counsel()

    with pytest.raises(NotAllowed):
        add_counsel(CounselTyped("Mere"), by=coordinator)
    with pytest.raises(NotAllowed):
        change_counsel(counsel.id, typed(counsel), by=coordinator)
    with pytest.raises(NotFound):
        counsel_list(coordinator, "mere")


@pytest.mark.both_databases
def test_matter_is_added_with_its_person_and_counsel(session, court, officer):
    person, counsel = make.person(), make.counsel()

    done = add_matter(
        "cri 2026 96 77", court_id=court.id, person_id=person.id, counsel_id=counsel.id, by=officer
    )

    assert (done.number, done.references) == ("CRI-2026-096-000077", ())
    party = session.scalars(select(MatterParty)).one()
    assert (party.matter_id, party.person_id, party.counsel_id) == (
        done.matter_id,
        person.id,
        counsel.id,
    )
    actions = [event.action for event in session.scalars(select(AuditEvent))]
    assert actions == ["add_matter", "set_party"]


def test_recorded_matter_is_shown_and_joined_only_when_said(session, court, officer):
    first, second = make.person("Pohatu", "Hemi"), make.person()
    matter = make.matter(court, first, number="CRI-2026-096-000077")
    typed_number = {"court_id": court.id, "person_id": second.id, "by": officer}

    with pytest.raises(SameMatter, match=r"Hutt Valley District Court, with Hemi POHATU\."):
        add_matter("CRI-2026-096-77", **typed_number)
    with pytest.raises(SameMatter):
        add_matter("CRI-2026-096-77", join=matter.id + 1, **typed_number)
    add_matter("CRI-2026-096-77", join=matter.id, **typed_number)

    parties = session.scalars(select(MatterParty.person_id).order_by(MatterParty.id)).all()
    assert parties == [first.id, second.id]
    assert session.scalars(select(Matter.id)).all() == [matter.id]


def test_matter_of_another_court_is_neither_told_of_nor_changed(session, court, officer):
    person = make.person("Pohatu", "Hemi")
    theirs = make.matter(
        make.court(name="Papakura District Court"), person, number="CRI-2026-055-000001"
    )

    with pytest.raises(InvalidInput) as refusal:
        add_matter(
            "CRI-2026-055-1", court_id=court.id, person_id=person.id, join=theirs.id, by=officer
        )
    with pytest.raises(NotFound):
        set_party(theirs.id, person.id, counsel_id=None, by=officer)
    with pytest.raises(NotAllowed):
        add_matter("CRI-2026-055-2", court_id=theirs.court_id, by=officer)

    said = "CRI-2026-055-000001 belongs to another court. Check the number."
    assert (refusal.value.field, refusal.value.message) == ("number", said)


def test_new_counsel_of_record_names_the_bookings_that_have_the_old(session, court, officer):
    person, old, new = make.person(), make.counsel("Mere Parata"), make.counsel("Rewi Hohepa")
    matter = make.matter(court, person, by=old)
    booking = make.booking(person, at_court=court, by=old, matter=matter, hearing=TOMORROW)
    make.booking(
        person, at_court=court, by=old, hearing=make.during("11:00", "11:30", "2026-11-26")
    )

    done = set_party(matter.id, person.id, counsel_id=new.id, by=officer)

    assert done.references == (booking.reference,)
    assert session.scalars(select(MatterParty)).one().counsel_id == new.id
    changes = session.scalars(select(AuditEvent)).one().changes
    assert changes == {"person": person.id, "counsel": [old.id, new.id]}
