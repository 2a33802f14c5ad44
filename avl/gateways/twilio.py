"""Twilio, through its own client but with our own HTTP underneath.

The client's defaults are unsafe for a promise of "at most once": no time-out, headers dropped,
numbers logged. Above all a POST that ends without a clear answer must come back as *doubt*, not
as one of four unrelated exceptions. What counts is the HTTP class first; Twilio's own codes only
refine a clear refusal.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import exceptions as trouble
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError
from urllib3.exceptions import SSLError as TlsError

from avl.domain.sms import (
    THROTTLE_CODES,
    Accepted,
    Doubt,
    Hindrance,
    NotSent,
    Rejected,
    SendResult,
    refusal_of,
)
from avl.gateways.sms import ListUnreachable, ProviderSms

if TYPE_CHECKING:
    from avl.config import Settings

logger = logging.getLogger(__name__)
# At INFO the client's logger writes the numbers it asks about into the log.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
_PAGE = 100


class PlainHttp(HttpClient):
    """One request, one connection: no retry, no redirect, no keep-alive, nothing logged.

    Attributes:
        answer: the last answer, headers and all; None until one arrived whole.
    """

    def __init__(self, base_url: str = "", timeout: tuple[float, float] | None = None) -> None:
        super().__init__(logger, False, None)
        self.base_url = base_url
        self.limits = timeout or (CONNECT_SECONDS, READ_SECONDS)
        self.answer: Response | None = None

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make the request; whatever goes wrong comes out as `requests` raised it."""
        self.answer = None
        with requests.Session() as session:
            session.mount("https://", HTTPAdapter(max_retries=0))
            session.mount("http://", HTTPAdapter(max_retries=0))
            reply = session.request(
                method.upper(),
                self._address(url),
                params=params,
                data=data,
                headers={**(headers or {}), "Connection": "close"},
                auth=auth,
                timeout=self.limits,
                allow_redirects=False,
            )
        self.answer = Response(reply.status_code, reply.text, reply.headers)
        return self.answer

    def _address(self, url: str) -> str:
        if not self.base_url:
            return url
        base, wanted = urlsplit(self.base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, wanted.path, wanted.query, ""))


class TwilioSms:
    """Sends through a Messaging Service, or from one number or short code."""

    name = "twilio"

    def __init__(
        self,
        *,
        account_sid: str,
        user: str,
        password: str,
        sender: Mapping[str, str],
        base_url: str = "",
        timeout: tuple[float, float] | None = None,
    ) -> None:
        self._account_sid = account_sid
        self._user = user
        self._password = password
        self._sender = dict(sender)
        self._base_url = base_url
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> TwilioSms:
        """Build it from the installation's settings: an API key sends when there is one."""
        service = settings.twilio_messaging_service_sid
        by_service = {"messaging_service_sid": service}
        return cls(
            account_sid=settings.twilio_account_sid,
            user=settings.twilio_api_key or settings.twilio_account_sid,
            password=settings.twilio_api_secret or settings.twilio_auth_token,
            sender=by_service if service else {"from_": settings.twilio_from},
            base_url=settings.twilio_base_url,
        )

    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        """Hand over one text, once; every way the request can end becomes one of four answers."""
        http = self._http()
        try:
            message = self._client(http).messages.create(
                to=to,
                body=body,
                status_callback=callback_url,
                validity_period=validity_seconds,
                **self._sender,
            )
            if message.sid:
                return Accepted(str(message.sid), str(message.status or "queued"))
            return Doubt("accepted without an id")
        except Exception as error:
            # Everything is caught on purpose: an unforeseen end of a POST is doubt, not a crash.
            return _ending(error, http.answer)

    def list_messages(self, to: str, since: datetime) -> list[ProviderSms]:
        """Texts to this number, newest first, back to ``since``.

        Only the number filters: Twilio's DateSent is empty while a text is still queued, and a
        queued text is exactly what must be found.
        """
        found: list[ProviderSms] = []
        try:
            for message in self._client(self._http()).messages.stream(to=to, page_size=_PAGE):
                if message.date_created is not None and message.date_created < since:
                    break
                found.append(_remembered(message))
        except Exception as error:
            raise ListUnreachable(type(error).__name__) from error
        return found

    def fetch(self, sid: str) -> ProviderSms | None:
        """One text by its id; None when Twilio cannot be asked now."""
        try:
            return _remembered(self._client(self._http()).messages(sid).fetch())
        except Exception as error:
            logger.info(
                "Twilio could not be asked", extra={"sid": sid, "why": type(error).__name__}
            )
            return None

    def _http(self) -> PlainHttp:
        return PlainHttp(self._base_url, self._timeout)

    def _client(self, http: PlainHttp) -> Client:
        return Client(self._user, self._password, self._account_sid, http_client=http)


def _remembered(message: Any) -> ProviderSms:
    created: datetime | None = message.date_created
    return ProviderSms(
        sid=str(message.sid),
        body=str(message.body or ""),
        status=str(message.status or ""),
        created_at=created.astimezone(UTC) if created else None,
        code=message.error_code,
    )


def _ending(error: Exception, answer: Response | None) -> SendResult:
    """Sort the end of a POST: certainly not sent, refused, or doubt."""
    if answer is None:
        if _never_connected(error):
            return NotSent(Hindrance.NO_CONNECTION)
        return Doubt(type(error).__name__)
    status = int(answer.status_code)
    if not isinstance(error, TwilioException) or not 400 <= status < 500:
        # A broken 201, any 5xx, a redirect: somebody may have taken the text.
        return Doubt(type(error).__name__, status, _code(answer))
    code = _code(answer)
    if code is None:
        # A proxy on the way can answer 4xx by itself, after passing the request on.
        return Doubt("an answer that is not Twilio's", status)
    if status == 429 or code in THROTTLE_CODES:
        return NotSent(Hindrance.THROTTLED, _retry_after(answer), status, code)
    return Rejected(refusal_of(status, code), status, code)


def _never_connected(error: Exception) -> bool:
    """Whether the request certainly never left: no address, no connection, or no handshake."""
    if isinstance(error, trouble.ConnectTimeout | trouble.ProxyError):
        return True
    if not isinstance(error, trouble.ConnectionError) or not error.args:
        return False
    cause = error.args[0]
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, TlsError):
        return _is_handshake(reason)
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _is_handshake(error: TlsError) -> bool:
    """Whether TLS failed before the request: the same class also ends a half-read answer."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return True
    why = getattr(cause, "reason", None) or ""
    return why in ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL") or "HANDSHAKE" in why


def _code(answer: Response) -> int | None:
    """Twilio's own error code; None when the body is not Twilio's."""
    try:
        code = json.loads(answer.text)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None


def _retry_after(answer: Response) -> float | None:
    """Seconds from Retry-After; its date form is not used by Twilio and is left aside."""
    try:
        return max(0.0, float((answer.headers or {}).get("Retry-After", "")))
    except ValueError:
        return None
