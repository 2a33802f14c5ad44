"""Which input of a request a refusal is about, by the name a program sent it under.

Rules speak of a *time* or a *counsel*; a body has `starts_at`, or `counsel_id` in its second
appearance. The names are brought together here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from avl.domain.errors import InvalidInput

SENT_SCHEMA = "avl.sent_schema"
"""Where in a request's environment the schema of what was sent is kept."""

SENT_AS: Mapping[str, tuple[str, ...]] = {
    "consent": ("consent_given",),
    "counsel": ("counsel_id",),
    "courtroom": ("courtroom_id", "courtroom_ids"),
    "courtrooms": ("courtroom_ids",),
    "date": ("on", "at", "starts_at", "wanted_start", "first", "directed_on", "since"),
    "deadline": ("deadline_at",),
    "end": ("ends_at", "minutes"),
    "from_time": ("starts_at",),
    "interpreter": ("interpreter_language", "language"),
    "number": ("matter",),
    "person": ("prn",),
    "prn": ("other_prn",),
    "reference": ("previous_reference", "moving", "with"),
    "room": (
        "courtroom_id",
        "suite_id",
        "instruction_suite_id",
        "resource_id",
        "courtroom_ids",
        "suite_ids",
        "instruction_suite_ids",
    ),
    "sitting": ("sitting_id",),
    "suite": ("suite_id", "suite_ids"),
    "time": ("starts_at", "wanted_start", "at", "minutes"),
    "to_time": ("ends_at",),
}
"""What requests call a thing that rules call otherwise, the likeliest name first."""

Path = tuple[str | int, ...]


def errors_as_sent(error: InvalidInput, schema: Schema, body: object) -> dict[str, Any]:
    """The refusal under the name of the input it is about, nested as the body is.

    Args:
        schema: of the body or query that was sent.

    Returns:
        Nothing where the request has no such input. Where several items of a list may be meant,
        the list is named.
    """
    names = (error.field, *SENT_AS.get(error.field, ()))
    places = [(path, value) for path, value in _places(schema, body) if _name_of(path) in names]
    if exact := [path for path, value in places if _is_said(error.value, value)]:
        return _nested(exact[0], error.message)
    # What was sent comes before what was left out, and the likeliest name before the others.
    ranked = sorted(places, key=lambda one: (one[1] is None, names.index(_name_of(one[0]))))
    if not ranked:
        return {}
    best = ranked[0][0]
    same = [path for path, _ in ranked if _shape(path) == _shape(best)]
    if len(same) > 1:
        best = best[: next(at for at, part in enumerate(best) if isinstance(part, int))]
    return _nested(best, error.message)


def _places(schema: Schema, body: object) -> Iterator[tuple[Path, object]]:
    """Every input there is, outermost first, with what was sent for it."""
    sent = body if isinstance(body, Mapping) else {}
    inner: list[tuple[Path, Schema, object]] = []
    for name, field in schema.load_fields.items():
        key = field.data_key or name
        value = sent.get(key)
        yield (key,), value
        if isinstance(field, fields.Nested):
            inner.append(((key,), field.schema, value))
        elif isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            items = value if isinstance(value, list) else []
            inner += [((key, at), field.inner.schema, item) for at, item in enumerate(items)]
    for before, within, value in inner:
        for path, sent_there in _places(within, value):
            yield (*before, *path), sent_there


def _name_of(path: Path) -> str:
    return str(path[-1])


def _shape(path: Path) -> tuple[str, ...]:
    return tuple("*" if isinstance(part, int) else part for part in path)


def _is_said(wanted: object, value: object) -> bool:
    if wanted is None:
        return False
    return value == wanted or (isinstance(value, list) and wanted in value)


def _nested(path: Path, message: str) -> dict[str, Any]:
    found: Any = [message]
    for part in reversed(path):
        found = {part: found}
    return dict(found)
