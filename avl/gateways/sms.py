"""What any SMS provider must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from avl.domain.sms import SendResult


class ListUnreachable(Exception):
    """The provider's list could not be read to its end; an incomplete list proves nothing."""


@dataclass(frozen=True, slots=True)
class ProviderSms:
    """A text as the provider remembers it. ``created_at`` is aware UTC."""

    sid: str
    body: str
    status: str
    created_at: datetime | None
    code: int | None = None


class SmsGateway(Protocol):
    """Sends texts, and answers for those it was given."""

    @property
    def name(self) -> str:
        """For logs and pages."""
        ...

    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        """Hand over one text, once. Never raises and never tries again by itself.

        Args:
            to: E.164.
            callback_url: where the provider reports progress; carries the attempt's token.
            validity_seconds: how long the provider may go on trying, 1 to 36,000.
        """
        ...

    def list_messages(self, to: str, since: datetime) -> list[ProviderSms]:
        """Every text to this number that the provider made at or after ``since``.

        Raises:
            ListUnreachable: the list could not be read completely.
        """
        ...

    def fetch(self, sid: str) -> ProviderSms | None:
        """One text by the provider's id; None when the provider cannot tell now."""
        ...
