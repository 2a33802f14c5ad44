"""Whether the system lives, is ready, and whether its worker works: for monitors, no secrets."""

from __future__ import annotations

from flask import Blueprint, Response

from avl.queries.health import Gauge, gauges, why_not_ready
from avl.queries.sms import worker_health
from avl.web.guards import everybody

bp = Blueprint("health", __name__)
everybody(bp, "monitors call it; it tells counts and ages, never a name or a reference")


def _text(status: int, line: str) -> Response:
    return Response(f"{line}\n", status, content_type="text/plain; charset=utf-8")


@bp.get("/health/live")
def live() -> Response:
    """This process answers."""
    return _text(200, "live")


@bp.get("/health/ready")
def ready() -> Response:
    """The database is reachable and its tables are the ones this code expects."""
    why = why_not_ready()
    return _text(503, f"not ready: {why}") if why else _text(200, "ready")


@bp.get("/health/worker")
def worker() -> Response:
    """Some worker sends texts, none is late, and sending is not paused."""
    health = worker_health()
    beats = [f"{beat.name}: {beat.seconds_ago:.0f} s ago" for beat in health.beats]
    lines = ["well" if health.is_well else "not well", f"overdue texts: {health.overdue}", *beats]
    if health.is_paused:
        lines.insert(1, "sending is paused: flask avl resume-sending")
    return _text(200 if health.is_well else 503, "\n".join(lines))


@bp.get("/metrics")
def metrics() -> Response:
    """Gauges in the plain text that Prometheus reads."""
    lines: list[str] = []
    for gauge in gauges():
        lines += _exposition(gauge)
    text = "\n".join(lines) + "\n"
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _exposition(gauge: Gauge) -> list[str]:
    lines = [f"# HELP {gauge.name} {gauge.meaning}", f"# TYPE {gauge.name} gauge"]
    for label, value in gauge.values.items():
        labels = f'{{{gauge.label}="{label}"}}' if gauge.label else ""
        lines.append(f"{gauge.name}{labels} {value:g}")
    return lines
