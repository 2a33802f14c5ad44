"""Ways out of a clash as an officer reads and presses them; one order for forms and moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from avl.domain.clash_ways import ClashWay, ClashWayKind, Whereabouts
from avl.domain.elsewhere import PrisonNear
from avl.domain.local_time import local_day
from avl.domain.verdict import Rule
from avl.queries.booking_form import Party


@dataclass(frozen=True, slots=True)
class WayLine:
    """One way out on the page.

    Attributes:
        button: what pressing it says; "" where there is nothing to press.
        href: a page that leads on; otherwise ``action`` is where the form beside it is sent
            ("" for the form's own address), with ``name`` and ``value``.
        spot: id of the line, where the prisons to ask about are looked for by ``look``, once the
            page stands.
        prisons: those with a suite free then, the nearest first.
    """

    kind: str
    title: str
    sentence: str
    button: str = ""
    href: str = ""
    action: str = ""
    name: str = ""
    value: str = ""
    spot: str = ""
    look: str = ""
    prisons: tuple[PrisonNear, ...] = ()


def whereabouts(party: Party) -> Whereabouts:
    """Where somebody on the form is held, and where next."""
    here, then = party.now_at, party.next_at
    return Whereabouts(
        name=party.name,
        site=here.site_name if here else "",
        phone=here.phone if here else "",
        next_site=then.site_name if then else "",
        next_at=then.starts_at if then else None,
        zone=then.zone if then else "",
    )


def say_why(rules: Collection[str]) -> str:
    """Why AVL cannot be had, as the reason for a direction: it names nobody."""
    words = next((words for rule, words in _WHY.items() if rule in rules), "")
    return f"AVL cannot be had at the time needed{': ' if words else ''}{words}."


_WHY = {
    Rule.NOT_IN_CUSTODY_THERE: "the person is between prisons",
    Rule.TOO_SOON: "the prison has too little notice",
    Rule.CLOSED: "a place it needs is closed then",
    Rule.OUT_OF_USE: "a room it needs is out of use",
    Rule.TAKEN: "a room or person it needs is taken",
}


def way_lines(ways: Iterable[ClashWay], *, rules: Collection[str], moving: str) -> list[WayLine]:
    """Say where each way leads; what is offered already stands above and is left out.

    Args:
        rules: what refused the time, so that a direction's reason can be filled in.
        moving: the reference of the booking being moved; "" for a new one.
    """
    why = next((rule for rule in _WHY if rule in rules), "")
    found: list[WayLine] = []
    for way in ways:
        match way.kind:
            case ClashWayKind.OFFER:
                continue
            case ClashWayKind.MAKE_ROOM:
                line = _line(way, "Make room", action=_room(moving))
            case ClashWayKind.WAIT:
                line = _line(way, way.title, action=_waiting(moving))
            case ClashWayKind.SWAP if moving:
                with_it: dict[str, Any] = {"with": way.reference}
                href = url_for("plans.swap", reference=moving, **with_it)
                line = _line(way, "See the swap", href=href)
            case ClashWayKind.SWAP:
                line = _line(
                    way,
                    "Take its place",
                    action=url_for("plans.propose"),
                    name="taking",
                    value=way.reference,
                )
            case ClashWayKind.ANOTHER_PRISON if way.since is not None:
                day = local_day(way.since, way.zone).isoformat()
                line = _line(way, "Find times there", name="from_date", value=day)
            case ClashWayKind.ANOTHER_PRISON if way.may_look:
                line = replace(
                    _line(way, "See prisons", action=_prisons(moving)),
                    spot=_spot(sum(bool(line.spot) for line in found)),
                    look=_look(moving),
                )
            case ClashWayKind.IN_PERSON if way.is_settled:
                line = _line(way)
            case ClashWayKind.IN_PERSON if moving:
                href = url_for(
                    "registry.ask_direction", reference=moving, mode="in_person", why=why
                )
                line = _line(way, "Record a direction", href=href)
            case ClashWayKind.IN_PERSON:
                line = _line(
                    way,
                    "Record a direction",
                    action=url_for("registry.to_in_person"),
                    name="why",
                    value=why,
                )
            case _:
                line = _line(way)
        found.append(line)
    return found


def transfer_lines(ways: Iterable[ClashWay]) -> list[WayLine]:
    """The lines about transfers anew, in their own places, now that prisons were looked for."""
    return [
        replace(
            _line(way),
            sentence=way.ask if way.prisons else way.sentence,
            spot=_spot(place),
            prisons=way.prisons,
        )
        for place, way in enumerate(ways)
    ]


def _spot(place: int) -> str:
    return f"transfer-{place + 1}"


def _room(moving: str) -> str:
    return url_for("plans.propose_move", reference=moving) if moving else url_for("plans.propose")


def _waiting(moving: str) -> str:
    return url_for("waiting.begin_move", reference=moving) if moving else url_for("waiting.begin")


def _prisons(moving: str) -> str:
    if moving:
        return url_for("registry.to_prisons_for_move", reference=moving)
    return url_for("registry.to_prisons")


def _look(moving: str) -> str:
    if moving:
        return url_for("registry.prisons_near_move", reference=moving)
    return url_for("registry.prisons_near")


def _line(
    way: ClashWay,
    button: str = "",
    *,
    href: str = "",
    action: str = "",
    name: str = "",
    value: str = "",
) -> WayLine:
    return WayLine(way.kind.value, way.title, way.sentence, button, href, action, name, value)
