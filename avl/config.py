"""Every setting: name, type, default, meaning. Starting with a bad one is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env

ROOT = Path(__file__).resolve().parent.parent


class BadSettings(Exception):
    """The environment does not describe an installation that may start."""


def _setting(env: str, default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"env": env, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """What an installation can choose. Read from the environment by `from_environment`."""

    database_url: str = _setting(
        "AVL_DATABASE_URL",
        f"sqlite:///{ROOT / 'instance' / 'avl.db'}",
        "Where bookings live: `sqlite:///file` or `postgresql+psycopg://...`",
    )
    read_database_url: str = _setting(
        "AVL_READ_DATABASE_URL", "", "A read replica for feeds; empty: the same database"
    )
    secret_key: str = _setting(
        "AVL_SECRET_KEY",
        "",
        "Signs cookies, 32 characters or more; empty: made once and kept in `instance/`",
    )
    public_base_url: str = _setting(
        "AVL_PUBLIC_BASE_URL", "http://127.0.0.1:8000", "The address people and Twilio reach us at"
    )
    sms_gateway: str = _setting(
        "AVL_SMS_GATEWAY", "console", "`console` (read messages at `/dev/phone`) or `twilio`"
    )
    twilio_account_sid: str = _setting("TWILIO_ACCOUNT_SID", "", "Twilio account")
    twilio_auth_token: str = _setting(
        "TWILIO_AUTH_TOKEN", "", "Checks the signatures of Twilio's calls"
    )
    twilio_api_key: str = _setting("TWILIO_API_KEY", "", "Sends; empty: the auth token sends")
    twilio_api_secret: str = _setting("TWILIO_API_SECRET", "", "Secret of the API key")
    twilio_messaging_service_sid: str = _setting(
        "TWILIO_MESSAGING_SERVICE_SID", "", "Sender: a messaging service, or else TWILIO_FROM"
    )
    twilio_from: str = _setting("TWILIO_FROM", "", "Sender: a number or short code")
    twilio_base_url: str = _setting(
        "AVL_TWILIO_BASE_URL",
        "",
        "Another address for Twilio's API (a test double)",
    )
    waitlist_minutes: int = _setting(
        "AVL_WAITLIST_MINUTES",
        60,
        "How long a time is kept for whoever is next on the waitlist: minutes the court is open",
    )
    demo: bool = _setting("AVL_DEMO", False, "Say on every page that the people are synthetic")
    trusted_proxies: int = _setting(
        "AVL_TRUSTED_PROXIES", 0, "How many proxies in front set X-Forwarded-For and -Proto"
    )
    log_level: str = _setting("AVL_LOG_LEVEL", "INFO", "How much the log says")
    testing: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over TLS, so that cookies may insist on it."""
        return self.public_base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


SETTINGS = [
    (f.metadata["env"], f.type, f.default, f.metadata["meaning"])
    for f in fields(Settings)
    if "env" in f.metadata
]
"""(environment name, type, default, meaning) of each: the README's table is checked against it."""


def from_environment() -> Settings:
    """Read the settings.

    Raises:
        BadSettings: one is missing or cannot be right; the message names it.
    """
    env = Env()
    values: dict[str, Any] = {}
    for f in fields(Settings):
        if "env" not in f.metadata:
            continue
        readers: dict[str, Callable[..., Any]] = {"bool": env.bool, "int": env.int}
        read = readers.get(str(f.type), env.str)
        try:
            values[f.name] = read(f.metadata["env"], f.default)
        except Exception as error:
            raise BadSettings(f"{f.metadata['env']}: {error}") from None
    values["secret_key"] = values["secret_key"] or _kept_secret()
    settings = Settings(**values)
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Refuse settings that would start an unsafe or half-working installation.

    Raises:
        BadSettings: names the setting and what it must be.
    """
    if len(settings.secret_key) < 32:
        raise BadSettings("AVL_SECRET_KEY must have at least 32 characters.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSettings("AVL_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://.")
    if urlsplit(settings.public_base_url).scheme not in ("http", "https"):
        raise BadSettings("AVL_PUBLIC_BASE_URL must start with http:// or https://.")
    if not 5 <= settings.waitlist_minutes <= 1440:
        raise BadSettings("AVL_WAITLIST_MINUTES must be from 5 to 1440.")
    if settings.sms_gateway not in ("console", "twilio"):
        raise BadSettings("AVL_SMS_GATEWAY must be console or twilio.")
    if settings.sms_gateway == "twilio":
        _check_twilio(settings)


def _check_twilio(settings: Settings) -> None:
    # An empty auth token would let anybody forge a delivery receipt, so we do not start.
    for name in missing_for_twilio(settings):
        raise BadSettings(f"AVL_SMS_GATEWAY is twilio, so {name} must be set.")


def missing_for_twilio(settings: Settings) -> list[str]:
    """The names of the settings without which Twilio sends nothing, as far as they are empty."""
    needed = {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM": settings.twilio_messaging_service_sid
        or settings.twilio_from,
    }
    return [name for name, value in needed.items() if not value]


def _kept_secret() -> str:
    """A random key made once and kept readable by the owner only, for the embedded default."""
    import secrets

    path = ROOT / "instance" / "secret_key"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        # Written under another name: of two processes that start together neither may read half.
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_text().strip()
