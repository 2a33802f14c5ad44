"""Fields that let in only what every database and every screen can hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from avl.domain.resources import GRID_MINUTES

BIGGEST_ID = 2**31 - 1

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Text(fields.String):
    """Text without control characters; PostgreSQL could not keep a NUL, nor a lone surrogate."""

    def __init__(self, longest: int, *, shortest: int = 0, **more: Any) -> None:
        more["validate"] = validate.Length(min=shortest, max=longest)
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if _CONTROL.search(text):
            raise ValidationError("Leave out control characters.")
        return text


class Id(fields.Integer):
    """A number that names a row."""

    def __init__(self, **more: Any) -> None:
        more["validate"] = validate.Range(min=1, max=BIGGEST_ID)
        super().__init__(strict=True, **more)


class Whole(fields.Integer):
    """A whole number between two bounds."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        more["validate"] = validate.Range(min=least, max=most)
        super().__init__(strict=True, **more)


class Minutes(fields.Integer):
    """A length in minutes, in steps of five."""

    def __init__(self, *, least: int = 0, most: int = 480, **more: Any) -> None:
        more["validate"] = validate.Range(min=least, max=most)
        more["metadata"] = {"multipleOf": 5}
        super().__init__(strict=True, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        minutes = super()._deserialize(value, attr, data, **kwargs)
        if minutes is None or minutes % 5:
            raise ValidationError("Choose a length in steps of 5 minutes.")
        return int(minutes)


class Instant(fields.AwareDateTime):
    """An instant as RFC 3339 with an offset; UTC inside."""

    def __init__(self, **more: Any) -> None:
        super().__init__(format="iso", **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        at = super()._deserialize(value, attr, data, **kwargs)
        assert isinstance(at, datetime)
        if not 2000 <= at.year <= 2199:
            raise ValidationError("Choose a time between the years 2000 and 2199.")
        return at.astimezone(UTC)


class WholeMinute(Instant):
    """An instant at a whole minute, within what a calendar of ours can hold."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        at = super()._deserialize(value, attr, data, **kwargs)
        if at.second or at.microsecond:
            raise ValidationError("Choose a time at a whole minute.")
        return at


class Start(Instant):
    """When a hearing might start: on the grid that bookings keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        at = super()._deserialize(value, attr, data, **kwargs)
        if at.minute % GRID_MINUTES or at.second or at.microsecond:
            raise ValidationError(f"Choose a start on a multiple of {GRID_MINUTES} minutes.")
        return at
