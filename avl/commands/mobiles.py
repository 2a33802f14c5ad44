"""Which typed telephone numbers are mobiles, by the numbering plans of all countries."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from avl.domain.contacts import Phone, no_mobile

HOME = "NZ"
"""Where a number without a country code belongs."""

_WRONG_LENGTH = {
    ValidationResult.TOO_SHORT: Phone.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Phone.TOO_SHORT,
    ValidationResult.TOO_LONG: Phone.TOO_LONG,
}
_UNREADABLE = {
    NumberParseException.TOO_SHORT_NSN: Phone.TOO_SHORT,
    NumberParseException.TOO_SHORT_AFTER_IDD: Phone.TOO_SHORT,
    NumberParseException.TOO_LONG: Phone.TOO_LONG,
}
_KINDS = {PhoneNumberType.MOBILE: Phone.MOBILE, PhoneNumberType.FIXED_LINE: Phone.LANDLINE}


def read_mobile(typed: str) -> str:
    """Spell a mobile number as E.164 ("021 123 4567": +64211234567); "" stays "".

    Raises:
        InvalidInput: it is no mobile; the message says what it is.
    """
    if not typed.strip():
        return ""
    try:
        number = phonenumbers.parse(typed, HOME)
    except NumberParseException as refusal:
        raise no_mobile(_UNREADABLE.get(refusal.error_type, Phone.NO_NUMBER)) from None
    kind = _kind_of(number)
    if kind is not Phone.MOBILE:
        raise no_mobile(kind)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _kind_of(number: phonenumbers.PhoneNumber) -> Phone:
    if number.extension:
        return Phone.OTHER
    kind = _KINDS.get(phonenumbers.number_type(number))
    if kind is None:
        why = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
        return _WRONG_LENGTH.get(why, Phone.OTHER)
    return kind
