"""The outside world behind a Protocol: the SMS provider, the console and a memory for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avl.gateways.console import ConsoleSms
from avl.gateways.sms import ListUnreachable, ProviderSms, SmsGateway

if TYPE_CHECKING:
    from avl.config import Settings

__all__ = ["ListUnreachable", "ProviderSms", "SmsGateway", "sms_gateway"]


def sms_gateway(settings: Settings) -> SmsGateway:
    """The gateway this installation has chosen."""
    if settings.sms_gateway == "twilio":
        # Imported here: the client takes a while to load and most processes never send.
        from avl.gateways.twilio import TwilioSms

        return TwilioSms.from_settings(settings)
    return ConsoleSms()
