"""What a page showed before somebody changed it: two tabs never undo each other unseen."""

from __future__ import annotations

import hashlib

from avl.domain.errors import StaleVersion

CHANGED_MEANWHILE = (
    "Somebody has changed this since you opened the page. Look at what stands now, below, and"
    " save again if yours is still right."
)


def mark_of(*facts: object) -> str:
    """A short mark of some facts: the same for the same facts, another for any others."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def require_seen(mark: str | None, now: str) -> None:
    """Refuse a change to what its author has not seen.

    Args:
        mark: of what the author saw; None where nobody looked at a page (a program, an import).
        now: of what stands.

    Raises:
        StaleVersion: they differ.
    """
    if mark is not None and mark != now:
        raise StaleVersion(CHANGED_MEANWHILE)
