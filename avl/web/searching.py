"""What was typed into a search, however it came."""

from __future__ import annotations

from flask import request

from avl.domain.errors import InvalidInput

LONGEST_SEARCH = 100
"""Longer than any name, number or reference; the templates' ``maxlength`` is checked by a test."""


def search_text(name: str = "q") -> str:
    """Return what was typed, without the blanks around it.

    Args:
        name: the input's, in the address.

    Raises:
        InvalidInput: it is longer than whatever could be found, as a page pasted whole is.
    """
    typed = request.args.get(name, "").strip()
    if len(typed) > LONGEST_SEARCH:
        raise InvalidInput(
            name,
            f"A search takes {LONGEST_SEARCH} characters at most, and these are {len(typed):,}."
            " Go back, and search for a name, a number or a reference.",
        )
    return typed
