"""One JSON object a line; references and ids only, never names, numbers or case facts."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

from avl.config import Settings

_PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Turn a record, with whatever `extra` it carries, into one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; of an error only what it is and where it happened."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _PLAIN}
        if record.exc_info and record.exc_info[1]:
            line["error"] = places_of(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=False)


def places_of(error: BaseException) -> str:
    """What an error is and where it happened, and so of each that led to it, the last first.

    Their messages are left out: a database quotes the row that it refused, with its telephone
    number or name, and a reader quotes what somebody typed.
    """
    found: list[str] = []
    step: BaseException | None = error
    while step is not None:
        name = f"{type(step).__module__}.{type(step).__qualname__}"
        found.append(f"{name}\n{''.join(traceback.format_tb(step.__traceback__))}")
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return "after ".join(found)


def set_up_logging(settings: Settings) -> None:
    """Send our own log to standard error as JSON lines; quieten libraries that log numbers."""
    logger = logging.getLogger("avl")
    logger.setLevel(settings.log_level)
    if not logger.handlers and not settings.testing:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        logger.propagate = False
    # The client logs recipients' numbers at INFO when it lists messages.
    logging.getLogger("twilio").setLevel(logging.WARNING)
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
