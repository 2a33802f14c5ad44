"""What the doctor reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        area: what it belongs to: places, company, hours, holidays, modes, clock, database,
            gateway, keys.
        ok: nothing is missing; the installation works as it is.
        what: what was found, in one sentence.
        mend: what to do about it; empty when there is nothing to do.
    """

    area: str
    ok: bool
    what: str
    mend: str = ""

    @property
    def is_note(self) -> bool:
        """Whether all works, and somebody still has something to decide."""
        return self.ok and bool(self.mend)


def findings(area: str, missing: Iterable[tuple[str, str]], well: str) -> list[Finding]:
    """Return one finding for each (what, mend) missing, or one that says all is well."""
    return [Finding(area, False, what, mend) for what, mend in missing] or [
        Finding(area, True, well)
    ]
