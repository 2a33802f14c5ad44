"""Who changes what is recorded of a person: one rule for the button, the page and the command."""

from __future__ import annotations

import pytest

from avl.domain.access import SYSTEM, Actor, Do, Grant, PersonSubject, Role, may

PRISON, OTHER_PRISON, COURT, OTHER_COURT = 1, 2, 3, 4
HELD = PersonSubject(PRISON, frozenset({COURT}))
FREE = PersonSubject(None, frozenset({COURT}))


def who(role: Role, site: int | None) -> Actor:
    """Somebody with one role, at a site or (None) everywhere."""
    sites = ((role, frozenset({site})),) if site else ()
    everywhere = frozenset() if site else frozenset({role})
    return Actor(1, "Mere", (Grant(role, site_id=site),), sites=sites, everywhere=everywhere)


@pytest.mark.parametrize(
    ("actor", "held", "free"),
    [
        (SYSTEM, True, True),
        (who(Role.AVL_COORDINATOR, PRISON), True, False),
        (who(Role.AVL_COORDINATOR, OTHER_PRISON), False, False),
        (who(Role.AVL_COORDINATOR, None), True, False),
        (who(Role.AVL_COORDINATOR, COURT), False, False),
        (who(Role.PRISON_OFFICER, PRISON), False, False),
        (who(Role.REGISTRY, COURT), True, True),
        (who(Role.REGISTRY, OTHER_COURT), False, False),
        (who(Role.REGISTRY, PRISON), False, False),
        (who(Role.REGISTRY, None), True, True),
        (who(Role.MANAGER, None), False, False),
        (who(Role.ADMINISTRATOR, None), False, False),
    ],
)
def test_record_is_changed_by_who_keeps_the_person_or_has_a_case_of_theirs(
    actor: Actor, held: bool, free: bool
) -> None:
    assert may(actor, Do.CHANGE_RECORD, HELD) is held
    assert may(actor, Do.CHANGE_RECORD, FREE) is free


def test_somebody_anywhere_is_asked_without_a_person() -> None:
    assert may(who(Role.REGISTRY, COURT), Do.CHANGE_RECORD)
    assert may(who(Role.AVL_COORDINATOR, PRISON), Do.CHANGE_RECORD)
    assert not may(who(Role.PRISON_OFFICER, PRISON), Do.CHANGE_RECORD)
