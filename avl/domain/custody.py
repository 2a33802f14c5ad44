"""What is recorded of people in custody, as the rules about company read it."""

from __future__ import annotations

from datetime import date

ADULT_AGE = 18
"""Below this age a person is a young person (Oranga Tamariki Act 1989, section 2)."""


def adult_on(born_on: date | None) -> date | None:
    """The eighteenth birthday; somebody born on 29 February has it on 1 March in other years."""
    if born_on is None:
        return None
    try:
        return born_on.replace(year=born_on.year + ADULT_AGE)
    except ValueError:
        return date(born_on.year + ADULT_AGE, 3, 1)


def is_sentenced(status: str) -> bool | None:
    """Read a custody status as people write it; None where it says neither.

    "Sentenced" and "recalled" are True, "Remand" and "remanded in custody" are False. Somebody
    recalled from parole is back in prison to serve the sentence on, and is detained there while
    that is being decided (Parole Act 2002, sections 66 and 63).
    """
    word = status.strip().casefold()
    if word.startswith(("sentence", "recall")):
        return True
    return False if word.startswith("remand") else None


def say_died(name: str) -> str:
    """Why nothing is booked for somebody, in words one would say to anybody who asks."""
    return f"{name} has died, so nothing can be booked. If that is wrong, ring the prison."
