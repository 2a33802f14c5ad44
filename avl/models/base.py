"""The base of every table: naming rules, aware UTC instants, and the session's home."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Enum, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, registry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_UNZONED = len("2027-02-09 20:30:00.000000")

NAIVE = "an instant without a zone cannot be stored"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused at the column.

    SQLite keeps text without a zone, so that text compares in time order; PostgreSQL keeps
    ``timestamptz``.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Any:
        """How an instant becomes what SQLite keeps, in one call: a booking writes eighty."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """How a read value becomes an instant, in one call: a page reads thousands of them, and
        the usual chain of three took a third of a busy prison's day."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(NAIVE)
    return _utc_as_text(value if value.tzinfo is UTC else value.astimezone(UTC))


# Of the eighty instants that a booking writes, ten differ. Only UTC may be remembered: in other
# zones both moments at which a clock shows a repeated hour are called equal.
@lru_cache(maxsize=1024)
def _utc_as_text(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")[:_UNZONED]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _enum_type() -> Enum:
    return Enum(
        enum.StrEnum,
        native_enum=False,
        create_constraint=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Every model's parent. Models hold columns, constraints and relationships; no behaviour."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime(),
            str: String(),
            enum.StrEnum: _enum_type(),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def known(column: str, members: type[enum.StrEnum]) -> str:
    """The text of a CHECK that a column holds one of an enumeration's values."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return f"{column} IN ({values})"


Json = dict[str, Any]
