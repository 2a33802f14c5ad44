"""The gateway that needs no account: texts stay here, and `/dev/phone` shows each phone.

The message tables themselves are the store, so this gateway keeps nothing. A text whose worker
died before writing it down was shown on no phone: the list is empty and the text is sent again.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from avl.domain.sms import Accepted, SendResult
from avl.gateways.sms import ProviderSms

logger = logging.getLogger(__name__)


class ConsoleSms:
    """Accepts every text and delivers it to the console phones at once."""

    name = "console"

    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        """Accept the text; what it says goes to the phones page, never to the log."""
        sid = f"CM{secrets.token_hex(16)}"
        logger.info("text shown on a console phone", extra={"sid": sid})
        return Accepted(sid, status="delivered")

    def list_messages(self, to: str, since: datetime) -> list[ProviderSms]:
        """Nothing: what is not in the tables was never shown."""
        return []

    def fetch(self, sid: str) -> ProviderSms | None:
        """Every accepted text is delivered."""
        return ProviderSms(sid, body="", status="delivered", created_at=None)
