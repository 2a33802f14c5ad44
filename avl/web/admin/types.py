"""Hearing types: the list, one of them, and a new one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl.commands.area_columns import HEARING_TYPES
from avl.commands.cells import spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.hearing_types import add_hearing_type, change_hearing_type, subject_of
from avl.domain.errors import InvalidInput, StaleVersion
from avl.domain.seen import mark_of
from avl.queries.change_log import changes_to
from avl.queries.hearing_types import all_types, classes_known, find_type
from avl.queries.previews import Preview
from avl.web.admin import bp
from avl.web.fields import YES_NO, Field, errors_of, typed_in, with_choices, words_of
from avl.web.guards import actor
from avl.web.saved import tell_saved

ACCESS = (
    ("open", "Open court"),
    ("closed", "Closed court: only those concerned know of it"),
    ("private", "Private: not a court hearing"),
)
CONSENTS = (
    ("no", "Not needed"),
    ("considered", "The decision must consider it"),
    ("yes", "The defendant must consent"),
)
DECIDERS = {
    "judicial_officer": "a judicial officer",
    "registrar": "a registrar",
    "parole_board": "the Parole Board",
    "corrections": "Corrections",
    "registry_suite": "the registry whose suite it is",
    "community_corrections": "Community Corrections",
    "oranga_tamariki": "Oranga Tamariki",
    "rj_provider": "the restorative justice provider",
    "iwi_panel": "the iwi panel",
}
"""Who may decide whether a hearing is by AVL; a type names one, or two with a bar between."""

DECIDED_BY = (
    "",
    "judicial_officer|registrar",
    "judicial_officer",
    *(one for one in DECIDERS if one not in ("judicial_officer", "registrar", "registry_suite")),
    "corrections|registry_suite",
)
FIELDS = (
    Field("name", "Name", "As it is read on lists and in calendars."),
    Field("jurisdiction", "Jurisdiction", "Such as criminal, youth, family.", 20),
    Field("act_class", "Class in the Act", "Decides which mode rules are about it."),
    Field("act_section", "Section of the Act (optional)", "Such as s8(1).", 10),
    Field("consent", "Consent to AVL", choices=CONSENTS),
    Field("decided_by", "Who decides about AVL"),
    Field("typical_minutes", "Usual length of the hearing", "", 3, "min"),
    Field("pre_minutes", "Usual conference before", "", 3, "min"),
    Field("post_minutes", "Usual conference after", "", 3, "min"),
    Field("access", "Who may know of it", choices=ACCESS),
    Field("priority", "Priority", "0 to 100: more is weightier when bookings must move.", 3),
    Field(
        "interpreter_days",
        "Working days ahead an interpreter is asked for (optional)",
        "Empty: as the court says.",
        3,
    ),
    Field(
        "is_bookable", "May it be booked?", "No: retired. Bookings made keep it.", choices=YES_NO
    ),
    Field("source", "Source (optional)", "Where this is written."),
    Field("assumed", "Not confirmed yet (optional)", "Which of these nobody has confirmed."),
    Field("notes", "Notes (optional)", rows=3),
)
CODE = Field("code", "Code", "Capitals and digits, such as BAIL. It cannot be changed later.", 10)
NEW = {"consent": "no", "access": "open", "priority": "50", "is_bookable": "yes"}
NEW |= {"pre_minutes": "0", "post_minutes": "0"}


@bp.get("/types")
def types() -> ResponseReturnValue:
    """Every hearing type."""
    return render_template("admin/types.html", types=all_types(), decides=say_deciders)


@bp.route("/types/new", methods=["GET", "POST"])
def add_type() -> ResponseReturnValue:
    """Add one."""
    fields = [CODE, *_fields(request.form.get("decided_by", ""))]
    if request.method == "GET":
        return _page(fields, dict(NEW))
    typed = typed_in(fields)
    try:
        add_hearing_type(typed, by=actor())
    except InvalidInput as refusal:
        return _page(fields, typed, errors=errors_of(refusal, fields)), 422
    flash(f"{typed['name']} is added.")
    return redirect(url_for(".types"), 303)


@bp.route("/types/<type_code>", methods=["GET", "POST"])
def show_type(type_code: str) -> ResponseReturnValue:
    """One hearing type; what a change of it breaks, and saving it."""
    kind = find_type(type_code)
    fields, cells = (
        _fields(kind.decided_by, request.form.get("decided_by", "")),
        spell_cells(HEARING_TYPES, kind),
    )
    if request.method == "GET":
        return _page(fields, cells, kind=kind)
    typed = typed_in(fields, "mark")
    more: dict[str, Any] = {"mark": typed["mark"], "by": actor()}
    try:
        if request.form.get("step") != "save":
            what = f"Changing “{kind.name}”"
            preview = foresee(change_hearing_type, kind.code, typed, what=what, **more)
            return _page(fields, typed, kind=find_type(type_code), preview=preview)
        done = change_hearing_type(kind.code, typed, **more)
    except InvalidInput as refusal:
        kind = find_type(type_code)
        return _page(fields, typed, kind=kind, errors=errors_of(refusal, fields)), 422
    except StaleVersion as stale:
        kind = find_type(type_code)
        typed["mark"] = mark_of(spell_cells(HEARING_TYPES, kind))
        return _page(fields, typed, kind=kind, errors={"name": stale.message}), 409
    tell_saved(f"{typed['name']} is changed", done)
    return redirect(url_for(".show_type", type_code=type_code), 303)


def say_deciders(kept: str) -> str:
    """Who decides, in words; a file of an area may name somebody of its own."""
    if not kept:
        return "Nobody is named"
    words = " or ".join(DECIDERS.get(one, one.replace("_", " ")) for one in kept.split("|"))
    return words[0].upper() + words[1:]


def _fields(*decided_by: str) -> list[Field]:
    """The fields, with what may be chosen; whoever a file named stays on the list.

    Args:
        decided_by: as it is kept, and as it was sent.
    """
    classes = [(one, one.replace("_", " ").capitalize()) for one in classes_known()]
    deciders = dict.fromkeys((*DECIDED_BY, *decided_by))
    return with_choices(
        FIELDS,
        act_class=classes or [("criminal_procedural", "Criminal procedural")],
        decided_by=[(one, say_deciders(one)) for one in deciders],
    )


def _page(
    fields: list[Field],
    typed: dict[str, str],
    *,
    kind: Any = None,
    preview: Preview | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    if kind is not None and "mark" not in typed:
        typed = typed | {"mark": mark_of(typed)}
    return render_template(
        "admin/type.html",
        fields=fields,
        typed=typed,
        kind=kind,
        preview=preview,
        errors=errors or {},
        changes=changes_to(subject_of(kind.code), ("add_hearing_type", "change_hearing_type"))
        if kind
        else [],
        names={**words_of(fields), "add_hearing_type": "Added"},
    )
