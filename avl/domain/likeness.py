"""Whether two names may be one person's, spelt in two ways; nobody else is told apart by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from avl.domain.folding import fold

MOST_WORDS = 12
"""So many words of a name are looked at: no name has more, and a field full of letters may."""

SPELT_TWO_WAYS = 4
"""From so many letters on, one may be mistyped and the word still be the same."""

_GLOTTAL = re.compile("['`’‘ʻʼ]")
_LONG = re.compile(r"([aeiou])\1+")

Words = tuple[str, ...]


def are_quite_different(one: str, other: str) -> bool:
    """Whether two full names are so different that they hardly are one person's.

    They are alike when each word of the shorter name is a word of the longer one, in whatever
    order. Macrons, doubled vowels, glottal stops and capitals do not matter; a hyphen or a space
    may be left out once, a letter of each longer word may be mistyped, and an initial stands for
    whatever begins with it. Two who share only a given or only a family name are different.

    Args:
        one: given and family names, as they are kept.
    """
    mine, theirs = words_of(one), words_of(other)
    # What is written as one in both would be a slip of the pen in a word twice as long.
    readings = [(mine, theirs)]
    readings += [(joined, theirs) for joined in _joined(mine)]
    readings += [(mine, joined) for joined in _joined(theirs)]
    return not any(_are_among(*sorted(pair, key=len)) for pair in readings)


def words_of(name: str) -> Words:
    """The words of a name as they are compared."""
    plain = fold(_GLOTTAL.sub("", name))
    return tuple(_LONG.sub(r"\1", word) for word in plain.split())[:MOST_WORDS]


def are_one_word(one: str, other: str) -> bool:
    """Whether two words are the same, one letter mistyped, or one the initial of the other."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return long.startswith(short)
    return len(long) >= SPELT_TWO_WAYS and _is_one_slip(short, long)


def _joined(words: Words) -> Iterator[Words]:
    """The words of a name with any two neighbours written as one."""
    for at in range(len(words) - 1):
        yield (*words[:at], words[at] + words[at + 1], *words[at + 2 :])


def _are_among(few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether each of a few words is another one of many."""
    taken: dict[int, int] = {}

    def find(word: int, tried: set[int]) -> bool:
        # Whoever has the place already may have another one (Kuhn's augmenting paths).
        for place, there in enumerate(many):
            if place in tried or not are_one_word(few[word], there):
                continue
            tried.add(place)
            if place not in taken or find(taken[place], tried):
                taken[place] = word
                return True
        return False

    return bool(few) and all(find(word, set()) for word in range(len(few)))


def _is_one_slip(short: str, long: str) -> bool:
    """Whether one letter left out, put in, mistaken, or exchanged with the next makes the one word
    of the other; ``long`` is not the shorter one."""
    at = next(
        (n for n, pair in enumerate(zip(short, long, strict=False)) if len(set(pair)) > 1), -1
    )
    if at < 0:
        return len(long) == len(short) + 1
    if len(long) > len(short):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
