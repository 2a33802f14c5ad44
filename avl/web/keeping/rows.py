"""A site's own rules and its rooms: the forms, what a change breaks, and saving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl.commands.cells import spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.outages import PlaceChange
from avl.commands.site_rows import ROOM, SITE_RULES, add_room, change_room, change_site_rules
from avl.domain.errors import InvalidInput, StaleVersion
from avl.domain.seen import mark_of
from avl.queries.change_log import changes_to
from avl.queries.places import all_rooms, room_at, site_run_by
from avl.web.fields import YES_NO, Field, errors_of, typed_in, words_of
from avl.web.guards import actor
from avl.web.keeping import bp
from avl.web.saved import tell_saved

APPROVAL = (
    ("self_service", "Bookings are confirmed by themselves"),
    ("approval", "A person answers"),
)
KINDS = (
    ("courtroom", "Courtroom"),
    ("suite", "AVL suite"),
    ("instruction_suite", "Instruction suite"),
    ("bridge_port", "Bridge port"),
)
ABOUT = (
    Field("source", "Source (optional)", "Where this is written."),
    Field("assumed", "Not confirmed yet (optional)", "Which of these nobody has confirmed."),
)
RULES = (
    Field("approval", "Who agrees to a booking", choices=APPROVAL),
    Field("approval_hours", "Time to answer", "Days on which it is shut do not count.", 3, "hours"),
    Field("notice_minutes", "Notice before a link starts", "", 5, "min"),
    Field("freeze_minutes", "Not moved for others from", "Before it starts.", 5, "min"),
    Field("turnaround_minutes", "A room stays empty after use", "", 3, "min"),
    Field("pickup_minutes", "Fetching a person, and taking them back", "", 3, "min"),
    Field("escort_capacity", "People on the move at once (optional)", "Empty: any number.", 2),
    Field("separates_youth", "People under 18 apart from adults", choices=YES_NO),
    Field("separates_remand", "Remand apart from sentenced", choices=YES_NO),
    Field("interpreter_days", "Notice for an interpreter", "", 2, "working days"),
    Field("reo_days", "Notice for te reo Māori", "", 2, "working days"),
    Field("interpreter_confirm_days", "An interpreter is confirmed", "", 2, "working days before"),
    Field("phone", "Telephone (optional)", "", 20),
    *ABOUT,
)
ROOM_FIELDS = (
    Field("name", "Name", "As it is read on lists: Suite 3.", 20),
    Field("sort_order", "Place in lists", "1 comes before 2.", 4),
    Field(
        "is_active",
        "In use?",
        "No: switched off for good. For a time, take it out of use.",
        choices=YES_NO,
    ),
    *ABOUT,
)
NEW_ROOM = (
    Field("code", "Code", "Capitals and digits, such as S3. It cannot be changed later.", 10),
    Field("kind", "What is it?", choices=KINDS),
    *ROOM_FIELDS,
)


@bp.route("/<site_code>/rules/change", methods=["GET", "POST"])
def site_rules(site_code: str) -> ResponseReturnValue:
    """What a site wants."""
    site = site_run_by(actor(), site_code)
    return _change(
        RULES,
        lambda: spell_cells(SITE_RULES, site_run_by(actor(), site_code)),
        change_site_rules,
        site_code,
        heading=f"Change the rules of {site.name}",
        what=f"This change of the rules of {site.short_name}",
        said=f"The rules of {site.name} are changed",
        back=(url_for("places.rules", site_code=site.code), f"Rules of {site.short_name}"),
        log=(site.code, ("change_site_rules",)),
    )


@bp.get("/<site_code>/rooms")
def rooms(site_code: str) -> ResponseReturnValue:
    """Every room of a site, those in use first."""
    site = site_run_by(actor(), site_code)
    return render_template(
        "keeping/rooms.html",
        site=site,
        rooms=all_rooms(site.id),
        kinds=dict(KINDS),
        changes=changes_to(site.code, ("add_room", "change_room")),
        names={**words_of(NEW_ROOM), "add_room": "Added"},
    )


@bp.route("/<site_code>/rooms/new", methods=["GET", "POST"])
def new_room(site_code: str) -> ResponseReturnValue:
    """Add a room."""
    site = site_run_by(actor(), site_code)
    typed = {"is_active": "yes", "kind": "courtroom" if site.kind == "court" else "suite"}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = typed_in(NEW_ROOM)
        try:
            add_room(site_code, typed, by=actor())
        except InvalidInput as refusal:
            errors = errors_of(refusal, NEW_ROOM)
        else:
            flash(f"{typed['name']} is added.")
            return redirect(url_for(".rooms", site_code=site_code), 303)
    page = render_template(
        "keeping/row.html",
        heading=f"Add a room to {site.name}",
        back=(url_for(".rooms", site_code=site_code), f"Rooms of {site.short_name}"),
        fields=NEW_ROOM,
        typed=typed,
        errors=errors,
        is_new=True,
    )
    return (page, 422) if errors else page


@bp.route("/<site_code>/rooms/<int:room_id>", methods=["GET", "POST"])
def room(site_code: str, room_id: int) -> ResponseReturnValue:
    """Rename a room, or switch it off."""
    site = site_run_by(actor(), site_code)
    found = room_at(site.id, room_id)
    return _change(
        ROOM_FIELDS,
        lambda: spell_cells(ROOM, room_at(site.id, room_id)),
        change_room,
        site_code,
        room_id,
        heading=f"Change {found.name}, {site.short_name}",
        what=f"Changing {found.name}",
        said=f"{found.name} is changed",
        back=(url_for(".rooms", site_code=site_code), f"Rooms of {site.short_name}"),
        log=None,
    )


def _change(
    fields: tuple[Field, ...],
    cells: Callable[[], dict[str, str]],
    command: Callable[..., PlaceChange],
    *args: Any,
    heading: str,
    what: str,
    said: str,
    back: tuple[str, str],
    log: tuple[str, tuple[str, ...]] | None,
) -> ResponseReturnValue:
    """The form of one row: shown, looked at, refused with what was typed, or saved."""
    typed, errors, preview, status = cells(), {}, None, 200
    typed["mark"] = mark_of(typed)
    if request.method == "POST":
        typed = typed_in(fields, "mark")
        more: dict[str, Any] = {"mark": typed["mark"], "by": actor()}
        try:
            if request.form.get("step") == "save":
                tell_saved(said, command(*args, typed, **more))
                return redirect(back[0], 303)
            preview = foresee(command, *args, typed, what=what, **more)
        except InvalidInput as refusal:
            errors, status = errors_of(refusal, fields), 422
        except StaleVersion as stale:
            errors, status = {fields[0].name: stale.message}, 409
            typed["mark"] = mark_of(cells())
    page = render_template(
        "keeping/row.html",
        heading=heading,
        back=back,
        fields=fields,
        typed=typed,
        errors=errors,
        preview=preview,
        changes=changes_to(*log) if log else None,
        names=words_of(fields),
    )
    return page, status
