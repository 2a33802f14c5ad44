"""What people type about people, and the sentences that send it back."""

import pytest

from avl.commands.mobiles import read_mobile
from avl.domain.contacts import read_email, read_matter_number, read_prn, read_text
from avl.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("021 123 4567", "+64211234567"),
        ("(021) 123-4567", "+64211234567"),
        ("+64 21 123 4567", "+64211234567"),
        ("0064 27 555 0199", "+64275550199"),
        ("+61 412 345 678", "+61412345678"),
    ],
)
def test_mobile_is_kept_in_one_spelling(typed, kept):
    assert read_mobile(typed) == kept


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("04 499 1234", "This is a landline, which cannot receive texts."),
        ("021 123", "This number is too short."),
        ("021 123 4567 8901", "This number is too long."),
        ("0800 123 456", "No mobile has this number."),
        ("021 123 4567 ext 5", "No mobile has this number."),
        ("ring chambers", "This is not a telephone number."),
    ],
)
def test_number_that_is_no_mobile_says_what_it_is(typed, why):
    with pytest.raises(InvalidInput) as refusal:
        read_mobile(typed)

    said = f"{why} Enter a mobile such as 021 123 4567 or +64 21 123 4567."
    assert (refusal.value.field, refusal.value.message) == ("mobile", said)


@pytest.mark.parametrize("typed", ["", "mere.parata@chambers.nz", "Māia@ture.māori.nz", "a+b@c.co"])
def test_email_in_shape_is_kept(typed):
    assert read_email(f" {typed} ") == typed


@pytest.mark.parametrize(
    "typed",
    ["mere", "mere@", "@x.nz", "a b@x.nz", "a@x", "a@x..nz", "a@x.n", "a@b@c.nz", "a,b@c.nz"],
)
def test_email_out_of_shape_is_refused(typed):
    with pytest.raises(InvalidInput, match="Enter an e-mail address such as"):
        read_email(typed)


def test_prn_is_kept_in_capitals_without_spaces():
    assert [read_prn(typed) for typed in ("9001 2345", " ab12 ", "rx900123")] == [
        "90012345",
        "AB12",
        "RX900123",
    ]


@pytest.mark.parametrize("typed", ["", "123", "1234567890123", "12/34", "ĀBCD"])
def test_what_cannot_be_a_prn_is_refused(typed):
    with pytest.raises(InvalidInput, match="4 to 12 letters and figures"):
        read_prn(typed)


def test_matter_number_gets_its_zeros_back():
    assert read_matter_number("cri 2026 96 1234") == "CRI-2026-096-001234"
    with pytest.raises(InvalidInput, match="whole matter number"):
        read_matter_number("CRI-2026")


def test_text_is_composed_and_single_spaced():
    assert read_text(" O\u0304po\u0304tiki \n house ", "firm", "The firm") == "Ōpōtiki house"
    with pytest.raises(InvalidInput, match="The firm must have 5 characters or fewer: 2 over"):
        read_text("sevenly", "firm", "The firm", longest=5)
    with pytest.raises(InvalidInput, match="cannot be shown"):
        read_text("a\x00b", "firm", "The firm")
