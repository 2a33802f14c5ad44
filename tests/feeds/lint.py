"""What the bytes of a feed must and must not be (RFC 5545, RFC 7986, and what readers choke on)."""

from __future__ import annotations

import re

EVENT_ALLOWED = {
    *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND"),
    *("STATUS", "TRANSP", "LOCATION", "DESCRIPTION"),
}
FRAME_ALLOWED = {
    *("VERSION", "PRODID", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"),
}
UTC_TIME = re.compile(r"\d{8}T\d{6}Z")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}@[a-z-]+")


def unfold(body: bytes) -> list[str]:
    """The logical lines."""
    return body.decode("utf-8").replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def faults(body: bytes) -> list[str]:
    """Everything wrong with these bytes; none when they may be served."""
    return [*_byte_faults(body), *_frame_faults(unfold(body)), *_event_faults(unfold(body))]


def _byte_faults(body: bytes) -> list[str]:
    found = []
    if body.startswith(b"\xef\xbb\xbf"):
        found.append("byte order mark")
    if body.replace(b"\r\n", b"").translate(None, delete=bytes(range(32, 256))):
        found.append("control character or bare CR or LF")
    for line in body.split(b"\r\n"):
        if len(line) > 75:
            found.append(f"{len(line)} octets in a line")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            found.append("folded inside a character")
    if not body.endswith(b"END:VCALENDAR\r\n"):
        found.append("cut short")
    return found


def _frame_faults(lines: list[str]) -> list[str]:
    found, depth = [], 0
    for line in lines:
        if line.startswith("BEGIN:VEVENT"):
            depth += 1
        elif line.startswith("END:VEVENT"):
            depth -= 1
        elif line.startswith(("BEGIN:", "END:")):
            if not line.endswith(":VCALENDAR"):
                found.append(f"component {line}")
        elif depth == 0 and re.split("[;:]", line)[0] not in FRAME_ALLOWED:
            found.append(f"calendar property {line}")
    for wanted in ("VERSION:2.0", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"):
        if lines.count(wanted) != 1:
            found.append(f"{wanted} stands {lines.count(wanted)} times")
    return found


def _event_faults(lines: list[str]) -> list[str]:
    found: list[str] = []
    order = []
    for event in "\n".join(lines).split("BEGIN:VEVENT\n")[1:]:
        pairs = [line.partition(":") for line in event.split("\nEND:VEVENT")[0].split("\n")]
        values = {name: value for name, _, value in pairs}
        if len(values) != len(pairs):
            found.append("a property twice")
        found += [f"event property {n}" for n in values if n.split(";")[0] not in EVENT_ALLOWED]
        if not UID.fullmatch(values.get("UID", "")):
            found.append(f"UID {values.get('UID')}")
        if values.get("DTSTAMP") != values.get("LAST-MODIFIED"):
            found.append("DTSTAMP is not LAST-MODIFIED")
        if "DTSTART;VALUE=DATE" not in values:
            for name in ("DTSTART", "DTEND", "DTSTAMP"):
                if not UTC_TIME.fullmatch(values.get(name, "")):
                    found.append(f"{name} {values.get(name)}")
            order.append(values.get("DTSTART"))
        is_off = values.get("STATUS") == "CANCELLED"
        if is_off != values.get("SUMMARY", "").startswith("CANCELLED: "):
            found.append("cancelled in one word only")
        if is_off and values.get("TRANSP") != "TRANSPARENT":
            found.append("cancelled but busy")
    if order != sorted(order, key=str):
        found.append("not in order")
    return found
