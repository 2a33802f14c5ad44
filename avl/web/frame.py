"""What surrounds every page: template loaders, navigation, and the way to one's first page."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TypedDict

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from avl import clock
from avl.config import Settings
from avl.domain.access import PRISON_ROLES, Actor, Role
from avl.domain.booking import REFERENCE_ALPHABET
from avl.domain.local_time import say_day, say_time
from avl.domain.spoken import say_all
from avl.web.action_words import say_action
from avl.web.guards import actor, ask_to_sign_in, everybody, is_signed_in

GROUPS: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("Court", "/court", (Role.REGISTRY,)),
    ("Prison", "/prison", PRISON_ROLES),
    ("Records", "/records", (Role.REGISTRY, Role.AVL_COORDINATOR)),
    ("My appearances", "/counsel", (Role.COUNSEL,)),
    ("Manage", "/manage", (Role.MANAGER,)),
    ("Administer", "/admin", (Role.ADMINISTRATOR,)),
)
"""Each group's name in the navigation, its first page, and whose it is; the first that fits is
where somebody lands after signing in."""


SHARED = ("/worklist", "/plans", "/sites", "/sittings")
"""Pages of several groups: the navigation shows each reader's first group over them."""

OFFICE_ZONE = "Pacific/Auckland"

KEPT_WHOLE = re.compile(
    rf"\bAVL-[{REFERENCE_ALPHABET}]{{6}}\b|\b\d{{1,2}}:\d\d [ap]m\b|\b(?:Suite|Courtroom) \d+\b"
)

front = Blueprint("front", __name__)
everybody(front, "it only sends people on to a page that has a guard")


class Entry(TypedDict):
    """One entry of the navigation, as the service-navigation macro takes it."""

    text: str
    href: str
    active: bool


def init_app(app: Flask, settings: Settings) -> None:
    """Give templates their loaders and globals, and `/` its meaning."""
    app.config["AVL_DEMO"] = settings.demo
    libraries = PrefixLoader(
        {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
    )
    ours = app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([ours, libraries] if ours else [libraries])
    app.jinja_env.autoescape = _escapes
    app.context_processor(_in_every_template)
    app.add_template_filter(_office_time, "office_time")
    app.add_template_filter(_day_and_month, "day_and_month")
    app.add_template_filter(role_words)
    app.add_template_filter(say_action)
    app.add_template_filter(say_all)
    app.add_template_filter(unbroken)
    WTFormsHelpers(app)
    app.register_blueprint(front)


def _in_every_template() -> dict[str, object]:
    return {"navigation": navigation, "actor": actor, "printed_at": printed_at}


def _escapes(name: str | None) -> bool:
    """Escape everything but plain text, whatever a template happens to be called."""
    return not (name or "").endswith(".txt")


def _office_time(at: datetime) -> str:
    """An instant that belongs to no site (a sign-in, a new user), on the wall of Wellington."""
    return f"{say_time(at, OFFICE_ZONE)} on {say_day(at, OFFICE_ZONE)}"


def printed_at(zone: str = "") -> str:
    """When a sheet of paper shows how things stood: "Tue 24 Nov 2026, 10:00 am" on that wall."""
    now, zone = clock.now(), zone or OFFICE_ZONE
    return f"{say_day(now, zone)}, {say_time(now, zone)}"


def role_words(role: str) -> str:
    """A role as people say it: "AVL coordinator"."""
    words = role.replace("_", " ")
    return "AVL" + words[3:] if words.startswith("avl ") else words.capitalize()


def unbroken(text: str) -> Markup:
    """A text whose references, times of day and numbered rooms stay on one line each.

    Browsers break a line at a reference's hyphen, before "am", and before the number of a suite.
    """
    # As plain text: a Markup would escape what is put into it.
    whole = KEPT_WHOLE.sub(r'<span class="avl-nowrap">\g<0></span>', str(escape(text)))
    return Markup(whole)


def _day_and_month(on: date) -> str:
    return f"{on.day} {on:%b}"


def first_page(who: Actor) -> str:
    """Where somebody lands after signing in; their account page when they have no role yet."""
    return next((href for _, href, roles in GROUPS if who.holds(*roles)), "/account")


def navigation() -> list[Entry]:
    """The navigation of whoever is asking: every group they belong to, and their account."""
    if not is_signed_in():
        return []
    who = actor()
    mine = [(text, href) for text, href, roles in GROUPS if who.holds(*roles)]
    mine += [("Account", "/account"), ("Sign out", "/account/sign-out")]
    nearest = max((href for _, href in mine if _is_below(href)), key=len, default="")
    if not nearest and any(_is_below(shared) for shared in SHARED):
        nearest = mine[0][1]
    return [{"text": text, "href": href, "active": href == nearest} for text, href in mine]


def _is_below(href: str) -> bool:
    return f"{request.path}/".startswith(f"{href}/")


@front.get("/")
def home() -> ResponseReturnValue:
    """Everybody's first page."""
    return redirect(first_page(actor())) if is_signed_in() else ask_to_sign_in()
