"""A time is being given to who waits, as the wait is withdrawn or lapses or names somebody else:
nothing is kept for a wait that is over."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from avl.commands import deaths, waitlist, waitlist_serving
from avl.commands.merging import merge_people
from avl.commands.waitlist import withdraw_wait
from avl.commands.waitlist_serving import lapse_waits
from avl.domain.booking import Status
from avl.domain.errors import InvalidInput
from avl.domain.waiting import WaitState
from avl.models import Booking, WaitlistEntry, db
from tests import make
from tests import scene as scenes
from tests.commands.elsewhere import Elsewhere
from tests.conftest import Clock
from tests.scene import Scene
from tests.waiting import another, ask, fresh, kept, serve, wanting

pytestmark = pytest.mark.both_databases


def held() -> int:
    db.session.rollback()
    return db.session.query(Booking).filter(Booking.status == Status.HELD).count()


def test_a_time_given_while_its_wait_is_withdrawn_is_given_back(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, lock = ask(scene), waitlist.lock_kept

    def lock_later(*args: Any) -> Any:
        if elsewhere.thread is None:
            elsewhere.begin(serve)
        return lock(*args)

    monkeypatch.setattr(waitlist, "lock_kept", lock_later)

    withdraw_wait(entry.id, by=scene.registrar, reason="Pleaded by paper.")

    elsewhere.end()
    assert fresh(entry).state is WaitState.WITHDRAWN
    assert (held(), scenes.held()) == (0, [])


def test_a_wait_withdrawn_while_its_time_is_given_gives_it_back(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, keep = ask(scene), waitlist_serving.keep
    withdraw = partial(withdraw_wait, entry.id, by=scene.registrar, reason="Pleaded by paper.")

    def keep_later(*args: Any, **more: Any) -> Any:
        elsewhere.begin(withdraw)
        return keep(*args, **more)

    monkeypatch.setattr(waitlist_serving, "keep", keep_later)

    serve()

    assert not isinstance(elsewhere.end(), Exception), elsewhere.answer
    assert fresh(entry).state is WaitState.WITHDRAWN
    assert (held(), scenes.held()) == (0, [])


@pytest.mark.parametrize("is_first", [False, True])
def test_a_deadline_that_passes_as_a_time_is_given_ends_one_way(
    scene: Scene,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    is_first: bool,
) -> None:
    entry = ask(scene)
    late = "_lock_moving" if is_first else "keep"
    step = getattr(waitlist_serving, late)

    def step_later(*args: Any, **more: Any) -> Any:
        clock.set(entry.deadline_at)
        elsewhere.begin(lapse_waits)
        return step(*args, **more)

    monkeypatch.setattr(waitlist_serving, late, step_later)
    deadline = entry.deadline_at
    db.session.rollback()

    serve()

    elsewhere.end()
    assert clock.now == deadline
    now = fresh(entry)
    assert (now.state, held()) == ((WaitState.LAPSED, 0) if is_first else (WaitState.OFFERED, 1))


def test_a_time_found_for_a_record_that_is_merged_is_kept_for_the_record_that_stays(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, look, twin = ask(scene), waitlist_serving.look, another(scene, "Kereama")
    merge = partial(
        merge_people, twin.id, scene.aroha.id, by=scene.women_coordinator, is_one_person=True
    )

    def look_and_linger(*args: Any) -> Any:
        found = look(*args)
        if elsewhere.thread is None:
            elsewhere.begin(merge)
        return found

    monkeypatch.setattr(waitlist_serving, "look", look_and_linger)
    stays = twin.id
    db.session.rollback()

    serve()
    assert not isinstance(elsewhere.end(), Exception), elsewhere.answer
    serve()

    assert [one.person_id for one in kept(entry).appearances] == [stays]


def test_nobody_waits_whose_death_is_recorded_as_it_is_asked(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, end_waits = wanting(scene), deaths._end_waits

    def end_and_linger(*args: Any, **more: Any) -> None:
        end_waits(*args, **more)
        elsewhere.begin(partial(ask, scene, wanted))

    monkeypatch.setattr(deaths, "_end_waits", end_and_linger)

    deaths.record_death(scene.aroha.id, at=make.at("09:30"), by=scene.women_coordinator)

    refusal = elsewhere.end()
    assert isinstance(refusal, InvalidInput), refusal
    assert refusal.field == "person"
    assert db.session.query(WaitlistEntry).all() == []
