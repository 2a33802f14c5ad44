import pytest

from avl.domain.folding import fold, matter_number, prns_typed


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Ngāti  WHĀTUA", "ngati whatua"),
        ("O'Neill-Tūhoe", "o neill tuhoe"),
        ("Tūhoe", "tuhoe"),  # the macron as a letter of its own
        ("", ""),
    ],
)
def test_fold_drops_macrons_capitals_and_marks(typed, folded):
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("CRI-2026-096-001234", "CRI-2026-096-001234"),
        (" cri-2026-96-1234 ", "CRI-2026-096-001234"),
        ("cri 2026 096 1234", "CRI-2026-096-001234"),
        ("CRI-2026", None),
        ("Smith", None),
    ],
)
def test_matter_number_puts_leading_zeros_back(typed, number):
    assert matter_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "prns"),
    [
        ("ab 123456", ("AB123456",)),
        ("PRN 9000028", ("PRN9000028", "9000028")),
        ("prn: AB12", ("PRN:AB12", "AB12")),
        ("Prnka", ("PRNKA",)),
        ("", ("",)),
    ],
)
def test_a_prn_is_known_with_the_word_before_it_and_without(typed, prns):
    assert prns_typed(typed) == prns
