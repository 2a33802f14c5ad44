"""Whatever a person can do on a page, a program can do through a door; or it says here why not."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from flask import Flask
from werkzeug.routing import Rule

import avl.web

DOORS = {
    "admin.add_mode": "add_rule",
    "admin.add_type": "add_type",
    "admin.end_mode": "end_rule",
    "admin.show_type": "change_type",
    "admin.withdraw_mode": "withdraw_rule",
    "keeping.hours": "put_hours",
    "keeping.new_room": "new_room",
    "keeping.room": "alter_room",
    "keeping.site_rules": "change_rules",
    "plans.apply": "apply",
    "plans.apply_day": "apply_day",
    "plans.discard_day": "discard_day",
    "plans.propose": "propose",
    "plans.propose_move": "propose",
    "plans.stop_day": "stop_day",
    "plans.swap_now": "swap",
    "plans.want_day": "want_day",
    "prison.change": "another_suite",
    "prison.complete": "complete",
    "prison.confirm": "confirm",
    "prison.connect": "connect",
    "prison.decline": "decline",
    "prison.stand_down": "stand_down",
    "records.change": "change_person_record",
    "records.end_person_apart": "end_pair",
    "records.keep_person_apart": "keep_two_apart",
    "records.new_person": "new_person",
    "records_court.counsel_of_record": "put_on_matter",
    "records_court.edit_counsel": "edit_counsel",
    "records_court.new_counsel": "new_counsel",
    "records_court.new_matter": "put_on_matter",
    "records_custody.correct": "not_dead",
    "records_custody.death": "death",
    "records_custody.merge": "merge",
    "records_custody.release": "release",
    "records_custody.transfer": "transfer",
    "records_custody.withdraw": "withdraw",
    "registry.amend": "amend",
    "registry.book": "book",
    "registry.cancel": "cancel",
    "registry.direct": "direct",
    "registry.direct_in_person": "direct_ahead",
    "registry.interpreter": "interpreter",
    "registry.submit_form": "offers",
    "registry.submit_move": "move",
    "sittings.add": "new_sitting",
    "sittings.change": "alter_sitting",
    "sittings.remove": "take_off",
    "waiting.add": "wait",
    "waiting.add_move": "wait",
    "waiting.change": "alter_wait",
    "waiting.seen": "read_to_the_end",
    "waiting.take": "book_kept",
    "waiting.withdraw": "wait_no_longer",
    "worklist.accept": "accept_disruption",
    "worklist.closure": "close",
    "worklist.finish_closure": "open_again",
    "worklist.finish_outage": "back_in_use",
    "worklist.keep": "keep_disruption",
    "worklist.outage": "take_out_of_use",
}
"""The page that changes something, and the door that does the same."""

PERSON = "a person proves who they are; a program has its token"
ACCOUNTS = "a token must not be able to make, widen or unlock an account, whoever has stolen it"
LOOKS = "it changes nothing: POST /offers and the previews answer the same"
WITHOUT_DOOR = {
    "account.end_others": PERSON,
    "account.password": PERSON,
    "account.sign_in": PERSON,
    "account.sign_out": PERSON,
    "admin.add_user": ACCOUNTS,
    "admin.end_sessions": ACCOUNTS,
    "admin.let_in": ACCOUNTS,
    "admin.revoke": ACCOUNTS,
    "admin.show_user": ACCOUNTS,
    "admin.shut_out": ACCOUNTS,
    "admin.unlock": ACCOUNTS,
    "feeds.add_feed": "the address of a feed is a secret shown once to the person who asks for it",
    "feeds.end_feed": "as above; a program reads GET /bookings instead",
    "hooks.inbound": "Twilio calls it",
    "hooks.status": "Twilio calls it",
    "prison.board_try": LOOKS,
    "registry.board_try": LOOKS,
    "registry.give_back": "a program books in one call, so no offer is ever kept for it",
    "registry.move_times": LOOKS,
    "registry.prisons_near": LOOKS,
    "registry.prisons_near_move": LOOKS,
    "registry.times": LOOKS,
    "registry.to_in_person": LOOKS,
    "registry.to_prisons": LOOKS,
    "registry.to_prisons_for_move": LOOKS,
    "sittings.take_roster": "a program sends each sitting of its roster to POST /sittings",
    "waiting.begin": LOOKS,
    "waiting.begin_move": LOOKS,
}
"""Why a page that is sent has no door."""

WITHOUT_CALL = {
    "bookings.hold_offer": WITHOUT_DOOR["registry.give_back"],
    "bookings.release_hold": WITHOUT_DOOR["registry.give_back"],
    "feeds.make_feed": WITHOUT_DOOR["feeds.add_feed"],
    "feeds.note_feed_use": "a calendar program reads the feed by its own address",
    "feeds.withdraw_feed": WITHOUT_DOOR["feeds.end_feed"],
    "forms.save_form": "it keeps what a person has typed so far",
    "inbound.keep_inbound": WITHOUT_DOOR["hooks.inbound"],
    "rosters.import_roster": WITHOUT_DOOR["sittings.take_roster"],
    "sign_in.end_sessions": PERSON,
    "sign_in.touch_session": PERSON,
    "sms_settling.record_report": WITHOUT_DOOR["hooks.status"],
}
"""Commands that pages run and no door does, each with the reason."""


def sent(app: Flask) -> Iterator[Rule]:
    """Every address people send something to."""
    for rule in app.url_map.iter_rules():
        changes = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if changes and not rule.endpoint.startswith("api."):
            yield rule


def test_every_page_that_changes_something_has_a_door(app: Flask) -> None:
    pages = {rule.endpoint for rule in sent(app)}
    doors = {name.removeprefix("api.") for name in app.view_functions if name.startswith("api.")}

    assert pages - DOORS.keys() - WITHOUT_DOOR.keys() == set()
    assert (DOORS.keys() | WITHOUT_DOOR.keys()) - pages == set()
    assert set(DOORS.values()) - doors == set()


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(avl.web.__path__, "avl.web."):
        yield import_module(found.name)


def commands_of(module: ModuleType) -> set[str]:
    """The commands a module runs: functions of `avl.commands` that open a transaction."""
    return {
        f"{inspect.unwrap(one).__module__.removeprefix('avl.commands.')}.{name}"
        for name, one in vars(module).items()
        if inspect.isfunction(one)
        and one.__module__.startswith("avl.commands.")
        and inspect.unwrap(one) is not one
    }


def test_every_command_that_a_page_runs_a_program_can_run() -> None:
    api: set[str] = set()
    pages: set[str] = set()
    for module in modules():
        side = api if module.__name__.startswith("avl.web.api") else pages
        side |= commands_of(module)

    assert pages - api - WITHOUT_CALL.keys() == set()
    assert WITHOUT_CALL.keys() - (pages - api) == set()
