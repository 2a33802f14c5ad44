"""Names and numbers as people type them: macrons, capitals and leading zeros do not matter."""

from __future__ import annotations

import re
import unicodedata

_PRN_WORD = re.compile(r"^PRN[:.#-]*(?=\w*\d)")
_MATTER = re.compile(r"([a-z]{3})[\s/-]*((?:19|20)\d\d)[\s/-]+(\d{1,3})[\s/-]+(\d{1,6})")


def fold(text: str) -> str:
    """Fold a name for search: small letters, no macrons or accents, single spaces.

    Whatever is neither a letter nor a figure parts two words, so that "O'Neill-Tūhoe" is found
    under "neill" and under "tuhoe".
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def matter_number(typed: str) -> str | None:
    """Spell a whole court file number as it is kept ("cri 2026 96 1234": CRI-2026-096-001234).

    Leading zeros are dropped in citations, so they are put back. None: it is not a whole one.
    """
    found = _MATTER.fullmatch(typed.strip().lower())
    if found is None:
        return None
    jurisdiction, year, court, serial = found.groups()
    return f"{jurisdiction.upper()}-{year}-{court:0>3}-{serial:0>6}"


def prns_typed(typed: str) -> tuple[str, ...]:
    """Spell what may be a PRN as it is kept ("prn 900 0028": PRN9000028 or 9000028).

    Our own pages, and letters, write the word before the number; a PRN may also begin with it.
    """
    whole = "".join(typed.upper().split())
    return tuple(dict.fromkeys((whole, _PRN_WORD.sub("", whole, count=1))))
