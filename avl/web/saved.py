"""What people read once a change that may break bookings is saved."""

from __future__ import annotations

from typing import Protocol

from flask import flash

from avl.commands.disruption_steps import Swept
from avl.commands.ways_at_once import look_at_once
from avl.queries.worklist import KEEPERS
from avl.web.guards import actor


def _where_listed(opened: int) -> str:
    """Where the reader finds what broke; a manager or administrator has no worklist."""
    if actor().holds(*KEEPERS):
        return ": see the worklist"
    stand = "stands" if opened == 1 else "stand"
    return f", and {stand} on the worklists of the courts and prisons concerned"


class Saved(Protocol):
    """What a command that may break bookings gives back."""

    @property
    def swept(self) -> Swept:
        """What it did to them."""


def tell_saved(what: str, done: Saved, *, on_worklist: bool = False) -> None:
    """Say what was saved and what it did to bookings, and look for the ways out of that.

    Args:
        what: the change, as a sentence without its full stop.
        on_worklist: the page that follows is the worklist.
    """
    opened, mended = len(done.swept.opened), len(done.swept.mended)
    look_at_once(done.swept.opened)
    parts = []
    if opened:
        needs = "booking needs" if opened == 1 else "bookings need"
        where = "" if on_worklist else _where_listed(opened)
        parts.append(f"{opened} {needs} a way out{where}.")
    if mended:
        parts.append(f"{mended} {'booking is' if mended == 1 else 'bookings are'} possible again.")
    if warned := len(done.swept.warned):
        needs = "booking needs" if warned == 1 else "bookings need"
        parts.append(f"{warned} {needs} an interpreter: the court’s registry is told.")
    if less := len(done.swept.less):
        had, each = ("booking had", "it") if less == 1 else ("bookings had", "each of them")
        parts.append(f"{less} {had} an interpreter who may not be needed now: look at {each}.")
    said = " ".join(parts) or "No booking is affected."
    flash(f"{what}. {said}", "warning" if opened or warned or less else "message")
