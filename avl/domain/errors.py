"""What can be refused, in sentences for people. `web/errors.py` maps each to a response once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avl.domain.clashes import Clash


class DomainError(Exception):
    """A rule said no; the message is one sentence a registry officer understands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or this person may not know that it does."""


class NotAllowed(DomainError):
    """This person may see it but not do this to it."""


class ActionNotAllowed(DomainError):
    """The booking's state does not permit the action."""


class StaleVersion(DomainError):
    """Somebody changed it since this person read it."""


class InvalidInput(DomainError):
    """Something typed cannot be used.

    Attributes:
        field: the name of the input it belongs to, or "" for the whole form.
        value: what was sent in it, where that tells it from others of its kind.
    """

    def __init__(self, field: str, message: str, *, value: object = None) -> None:
        super().__init__(message)
        self.field = field
        self.value = value


class ResourceClash(DomainError):
    """The booking cannot be placed there.

    Attributes:
        clashes: each reason, most important first; may be empty when the database alone
            noticed ("just taken").
    """

    def __init__(self, clashes: Sequence[Clash] = (), message: str | None = None) -> None:
        self.clashes = tuple(clashes)
        super().__init__(message or " ".join(clash.sentence for clash in self.clashes))


class JustTaken(ResourceClash):
    """Somebody was faster by moments: the database refused the second."""

    def __init__(
        self, message: str = "Somebody else has just taken one of these. Choose another time."
    ) -> None:
        super().__init__((), message)


class KeyReused(DomainError):
    """The same Idempotency-Key came with another request body."""


class Unavailable(DomainError):
    """The database cannot be reached or is too busy; nothing was changed."""


class InDoubt(Unavailable):
    """The database went away while it was saving; whether it has saved is not known."""
