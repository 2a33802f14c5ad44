"""Names that may be one person's, against trying every order and every slip of the pen."""

from __future__ import annotations

from itertools import permutations
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.likeness import MOST_WORDS, SPELT_TWO_WAYS, are_quite_different, words_of


def slips(word: str) -> set[str]:
    """Everything that one slip of the pen makes of a word."""
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    return {
        *(head + tail[1:] for head, tail in cuts if tail),
        *(head + letter + tail for head, tail in cuts for letter in ascii_lowercase),
        *(head + letter + tail[1:] for head, tail in cuts if tail for letter in ascii_lowercase),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1),
    }


def is_same(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one.startswith(other) or other.startswith(one)
    is_long = max(len(one), len(other)) >= SPELT_TWO_WAYS
    return one == other or (is_long and other in slips(one))


def readings(name: str) -> list[list[str]]:
    """As it stands first, then with a hyphen or a space left out."""
    words = list(words_of(name))
    joined = [
        [*words[:n], "".join(words[n : n + 2]), *words[n + 2 :]] for n in range(len(words) - 1)
    ]
    return [words, *joined]


def are_alike(one: str, other: str) -> bool:
    """Some order of the longer name has every word of the shorter one, word by word."""
    for i, mine in enumerate(readings(one)):
        for j, theirs in enumerate(readings(other)):
            few, many = sorted((mine, theirs), key=len)
            orders = permutations(many, len(few)) if few and not (i and j) else ()
            if any(all(map(is_same, few, some)) for some in orders):
                return True
    return False


letters = st.text("abt", min_size=1, max_size=5)
names = st.lists(letters, min_size=1, max_size=4).map(" ".join)


@given(names, names)
def test_likeness_is_what_trying_everything_finds(one: str, other: str) -> None:
    assert are_quite_different(one, other) is not are_alike(one, other)


@given(names, names)
def test_likeness_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert are_quite_different(one, other) is are_quite_different(other, one)


@given(names, st.randoms(use_true_random=False))
def test_a_name_is_like_itself_in_any_order(name: str, random: object) -> None:
    words = name.split()
    random.shuffle(words)  # type: ignore[attr-defined]

    assert not are_quite_different(name, " ".join(words))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tāne Rāwiri", "Tane Rawiri"),
        ("Tāne Rāwiri", "Taane RAAWIRI"),
        ("Tāne Rāwiri", "Rāwiri Tāne"),
        ("Tāne Rāwiri", "Rāwiri"),
        ("Tāne Rāwiri", "T Rawiri"),
        ("Tāne Rāwiri", "Tane Rawirri"),
        ("Tāne Rāwiri", "Tnae Rawiri"),
        ("Tāne Hēmi Rāwiri", "Tāne Rāwiri"),
        ("Tama Ngāta-White", "Tama Ngata White"),
        ("Tama Ngāta-White", "Ngatawhite Tama"),
        ("Tama Ngāta-White", "Tama Ngata"),
        ("Sione Fa’afetai", "Sione Faafetai"),
        ("Sione Faʻafetai", "Sione Fafetai"),
        ("Seán O'Neill", "Sean O Neill"),
        ("Te Ata Kereama", "Teata Kereama"),
        ("Lupe Tu'ipulotu", "Lupe Tuipulotu"),
    ],
)
def test_one_name_spelt_in_two_ways_is_not_quite_different(one: str, other: str) -> None:
    assert not are_quite_different(one, other)
    assert are_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tāne Rāwiri", "Hēmi Parata"),
        ("Tāne Rāwiri", "Hēmi Rāwiri"),
        ("Hana Tamihana", "Hana Rewi"),
        ("Ana Smith", "Ada Smith"),
        ("Tāne Rāwiri", "Tama Rāwiri"),
        ("Tāne Rāwiri", "Aroha Rāwiri Kereama"),
        ("Tāne Rāwiri", ""),
    ],
)
def test_two_names_are_quite_different(one: str, other: str) -> None:
    assert are_quite_different(one, other)
    assert not are_alike(one, other)


def test_a_field_full_of_letters_takes_no_time() -> None:
    full = " ".join("ab" for _ in range(80))

    assert len(words_of(full)) == MOST_WORDS
    assert not are_quite_different(full, full)
