"""What people type about people: names, PRN, matter numbers, e-mail addresses, telephones.

Each `read_` returns the one spelling that is kept, or refuses with a sentence that says how to
mend it. Whether a telephone number really is a mobile takes a library's tables, so the caller
brings the judgement (`Phone`) and the words stand here.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from avl.domain.errors import InvalidInput
from avl.domain.folding import matter_number

NAME_LENGTH = 80
EMAIL_LENGTH = 200

# One @, something before it, and a name with a dot behind it; only a message sent proves more.
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")
# The format is not published, so this only keeps out what is surely something else.
_PRN = re.compile(r"[0-9A-Z]{4,12}")


class Phone(StrEnum):
    """What a typed telephone number turns out to be."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_NUMBER = "no_number"


_EXAMPLE = "Enter a mobile such as 021 123 4567 or +64 21 123 4567."
_PHONE_REFUSED = {
    Phone.LANDLINE: "This is a landline, which cannot receive texts.",
    Phone.OTHER: "No mobile has this number.",
    Phone.TOO_SHORT: "This number is too short.",
    Phone.TOO_LONG: "This number is too long.",
    Phone.NO_NUMBER: "This is not a telephone number.",
}


def no_mobile(phone: Phone) -> InvalidInput:
    """The refusal of a number that is no mobile: what it is instead, and how to type one."""
    return InvalidInput("mobile", f"{_PHONE_REFUSED[phone]} {_EXAMPLE}")


def read_text(typed: str, field: str, words: str, *, longest: int = NAME_LENGTH) -> str:
    """Tidy a line of text: composed macrons (NFC), single spaces; "" stays "".

    Args:
        words: what it is, as a sentence starts: "The family name".

    Raises:
        InvalidInput: it does not fit.
    """
    text = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(text) > longest:
        over = len(text) - longest
        raise InvalidInput(field, f"{words} must have {longest} characters or fewer: {over} over.")
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise InvalidInput(field, f"{words} has characters in it that cannot be shown.")
    return text


def require_text(typed: str, field: str, words: str, *, longest: int = NAME_LENGTH) -> str:
    """Tidy a line of text that may not be missing.

    Raises:
        InvalidInput: it is empty or does not fit.
    """
    text = read_text(typed, field, words, longest=longest)
    if not text:
        raise InvalidInput(field, f"Enter {words[0].lower()}{words[1:]}.")
    return text


def read_email(typed: str) -> str:
    """Tidy an e-mail address; "" stays "".

    Raises:
        InvalidInput: it has not the shape of one.
    """
    text = unicodedata.normalize("NFC", typed).strip()
    if text and (len(text) > EMAIL_LENGTH or not _EMAIL.fullmatch(text) or ".." in text):
        raise InvalidInput("email", "Enter an e-mail address such as mere.parata@chambers.nz.")
    return text


def read_prn(typed: str) -> str:
    """Spell a PRN as it is kept: capitals and figures without spaces.

    Raises:
        InvalidInput: it cannot be one.
    """
    text = "".join(typed.split()).upper()
    if not _PRN.fullmatch(text):
        raise InvalidInput("prn", "Enter the PRN: 4 to 12 letters and figures, such as 90012345.")
    return text


def read_matter_number(typed: str) -> str:
    """Spell a matter number in full ("cri 2026 96 1234": CRI-2026-096-001234).

    Raises:
        InvalidInput: it is not a whole one.
    """
    number = matter_number(typed)
    if number is None:
        raise InvalidInput("number", "Enter the whole matter number, such as CRI-2026-096-1234.")
    return number
