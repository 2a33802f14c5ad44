"""Rules about AVL or in person: the list by layer and date, one of them, and a new one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.foreseeing import foresee
from avl.commands.mode_rules import (
    LAW_ZONE,
    add_mode_rule,
    end_mode_rule,
    subject_of,
    withdraw_mode_rule,
)
from avl.domain.errors import ActionNotAllowed, InvalidInput, StaleVersion
from avl.domain.local_time import local_day, say_date
from avl.queries.change_log import changes_to
from avl.queries.hearing_types import all_types, classes_known
from avl.queries.mode_rules import RuleShown, all_rules, courts_named, find_rule, rules_among
from avl.queries.previews import Preview
from avl.web.admin import bp
from avl.web.admin.types import CONSENTS
from avl.web.dates import in_full, read_date
from avl.web.fields import Field, errors_of, typed_in, with_choices, words_of
from avl.web.guards import actor
from avl.web.saved import tell_saved

EVERY = ("", "Every one")
LAYERS = (
    ("protocol", "Protocol: a court’s own default"),
    ("statute", "Statute: the Act"),
)
MODES = (
    ("avl", "AVL"),
    ("in_person", "In person"),
    ("mandatory_in_person", "In person, whatever other rules say"),
)
TRIGGERS = (
    ("", "Whoever it is"),
    ("youth", "People under 18"),
    ("interpreter", "People who need an interpreter"),
    ("first_no_lawyer", "First appearance without having met a lawyer"),
)
ROLES = (
    ("judicial_officer", "A judicial officer"),
    ("judicial_officer|registrar", "A judicial officer or a registrar"),
    ("", "Nobody is named"),
)
FIELDS = (
    Field(
        "layer",
        "Layer",
        "A protocol may ask for more presence than the Act, never less.",
        0,
        "",
        LAYERS,
    ),
    Field("hearing_type", "Hearing type"),
    Field("act_class", "Class in the Act"),
    Field("court", "Court"),
    Field(
        "court_subkind",
        "Kind of court",
        choices=(EVERY, ("DC", "District Court"), ("HC", "High Court")),
    ),
    Field(
        "in_custody",
        "In custody?",
        choices=(("yes", "In custody"), ("no", "Not in custody"), ("", "Either")),
    ),
    Field("trigger", "About whom", choices=TRIGGERS),
    Field("mode", "They appear", choices=MODES),
    Field("override_role", "Who may direct otherwise", choices=ROLES),
    Field("consent", "Consent to AVL", choices=CONSENTS),
    Field("from_on", "From which date?", "Such as 1 Mar 2027.", 10),
    Field(
        "to_on", "Until which date? (optional)", "The first day on which it no longer stands.", 10
    ),
    Field(
        "sentence",
        "What it says",
        "It follows “In person, by the court’s protocol:”, so it begins small.",
        rows=2,
    ),
    Field("source", "Where is this written?", "The section, protocol or notice, with its date."),
    Field("assumed", "Not confirmed yet (optional)"),
)
NEW = {"layer": "protocol", "in_custody": "yes", "mode": "in_person", "consent": "no"}
NEW |= {"override_role": "judicial_officer"}
DATES = ("from_on", "to_on")


@bp.get("/modes")
def modes() -> ResponseReturnValue:
    """Every rule, those that have ended aside unless they are asked for."""
    today = local_day(clock.now(), LAW_ZONE)
    is_all = request.args.get("all") == "yes"
    rules = [one for one in all_rules() if is_all or not one.has_ended(today)]
    kinds = all_types()
    kind = next((one for one in kinds if one.code == request.args.get("type")), None)
    # A protocol may say something of every type and court; the Act is the part to begin with.
    layer = request.args.get("layer", "" if kind else "statute")
    shown = rules_among(rules, kind=kind, layer=layer)
    return render_template(
        "admin/modes.html",
        layers=[
            (words, among)
            for code, words in LAYERS[::-1]
            if layer in ("", code) and (among := rules_among(shown, layer=code))
        ],
        kinds=[(one.code, one.name) for one in kinds if one.is_bookable or one is kind],
        kind=kind,
        layer=layer,
        choices=LAYERS[::-1],
        shown=len(shown),
        total=len(rules),
        is_all=is_all,
        kept=_kept(),
        today=today,
        says=says,
        about=about,
    )


def _kept() -> dict[str, str]:
    """What the list was narrowed to, which every page about a rule carries in its address."""
    return {name: request.args[name] for name in ("type", "layer", "all") if name in request.args}


@bp.route("/modes/new", methods=["GET", "POST"])
def add_mode() -> ResponseReturnValue:
    """Add one; what it breaks, and saving it."""
    fields = _fields()
    if request.method == "GET":
        return _form(fields, dict(NEW))
    typed = typed_in(fields)
    typed |= {name: in_full(typed[name], LAW_ZONE) for name in DATES}
    try:
        cells = typed | {name: _iso(typed, name) for name in DATES}
        if request.form.get("step") != "save":
            preview = foresee(add_mode_rule, cells, what="This rule", by=actor())
            return _form(fields, typed, preview=preview)
        done = add_mode_rule(cells, by=actor())
    except InvalidInput as refusal:
        return _form(fields, typed, errors=errors_of(refusal, fields)), 422
    tell_saved("The rule is added", done)
    return _to_list(typed["layer"])


@bp.get("/modes/<rule_code>")
def show_mode(rule_code: str) -> ResponseReturnValue:
    """One rule, and how to end it."""
    rule = find_rule(rule_code)
    return _page(rule, {"to_on": say_date(rule.to_on)[4:] if rule.to_on else "", "mark": rule.mark})


@bp.post("/modes/<rule_code>/end")
def end_mode(rule_code: str) -> ResponseReturnValue:
    """Show what ending a rule breaks, or end it."""
    rule = find_rule(rule_code)
    typed = {name: request.form.get(name, "").strip() for name in ("to_on", "mark")}
    typed["to_on"] = in_full(typed["to_on"], LAW_ZONE)
    try:
        on = _date(typed, "to_on")
        more: dict[str, Any] = {"mark": typed["mark"], "by": actor()}
        if request.form.get("step") != "save":
            what = (
                f"Ending this rule on {say_date(on)}" if on else "Letting this rule stand for ever"
            )
            preview = foresee(end_mode_rule, rule_code, on, what=what, **more)
            return _page(rule, typed, preview=preview)
        done = end_mode_rule(rule_code, on, **more)
    except InvalidInput as refusal:
        return _page(rule, typed, errors={refusal.field: refusal.message}), 422
    except (StaleVersion, ActionNotAllowed) as refusal:
        return _again(rule_code, typed, refusal.message)
    tell_saved("The rule ends then" if on else "The rule has no end now", done)
    return _to_list(rule.layer)


@bp.post("/modes/<rule_code>/withdraw")
def withdraw_mode(rule_code: str) -> ResponseReturnValue:
    """Show what taking back a rule that has not begun breaks, or take it back."""
    rule = find_rule(rule_code)
    typed = {"to_on": "", "mark": request.form.get("mark", "")}
    more: dict[str, Any] = {"mark": typed["mark"], "by": actor()}
    try:
        if request.form.get("step") != "save":
            what = "Withdrawing this rule"
            preview = foresee(withdraw_mode_rule, rule_code, what=what, **more)
            return _page(rule, typed, preview=preview, verb="Withdraw it")
        done = withdraw_mode_rule(rule_code, **more)
    except (StaleVersion, ActionNotAllowed) as refusal:
        return _again(rule_code, typed, refusal.message)
    tell_saved("The rule is withdrawn", done)
    return _to_list(rule.layer)


def _to_list(layer: str) -> ResponseReturnValue:
    """Back to the list as it was narrowed; else to the layer of the rule that was changed."""
    where: dict[str, Any] = {**(_kept() or {"layer": layer})}
    return redirect(url_for(".modes", **where), 303)


def says(rule: RuleShown) -> str:
    """What a rule decides, in words."""
    return dict(MODES)[rule.mode]


def about(rule: RuleShown) -> str:
    """Whom and what a rule is about, in words."""
    parts = [rule.kind or (rule.act_class.replace("_", " ").capitalize() or "Every hearing")]
    kinds = {"DC": "District Courts", "HC": "High Courts"}
    parts += [one for one in (rule.court, kinds.get(rule.court_subkind, "")) if one]
    if rule.in_custody is not None:
        parts.append("in custody" if rule.in_custody else "not in custody")
    if rule.trigger:
        parts.append(dict(TRIGGERS)[rule.trigger].lower())
    return "; ".join(parts)


def _fields() -> list[Field]:
    kinds = [(one.code, one.name) for one in all_types() if one.is_bookable]
    classes = [(one, one.replace("_", " ").capitalize()) for one in classes_known()]
    return with_choices(
        FIELDS,
        hearing_type=[EVERY, *kinds],
        act_class=[EVERY, *classes],
        court=[EVERY, *courts_named()],
    )


def _date(typed: dict[str, str], name: str) -> Any:
    try:
        return read_date(typed[name])
    except InvalidInput as error:
        raise InvalidInput(name, error.message) from None


def _iso(typed: dict[str, str], name: str) -> str:
    on = _date(typed, name)
    return on.isoformat() if on else ""


def _again(rule_code: str, typed: dict[str, str], message: str) -> ResponseReturnValue:
    rule = find_rule(rule_code)
    return _page(rule, typed | {"mark": rule.mark}, errors={"to_on": message}), 409


def _form(
    fields: list[Field],
    typed: dict[str, str],
    *,
    preview: Preview | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "admin/add_mode.html",
        fields=fields,
        typed=typed,
        preview=preview,
        errors=errors or {},
        kept=_kept(),
    )


def _page(
    rule: RuleShown,
    typed: dict[str, str],
    *,
    preview: Preview | None = None,
    verb: str = "Save the end",
    errors: dict[str, str] | None = None,
) -> str:
    today = local_day(clock.now(), LAW_ZONE)
    actions = ("add_mode_rule", "end_mode_rule")
    return render_template(
        "admin/mode.html",
        rule=rule,
        kept=_kept(),
        typed=typed,
        preview=preview,
        verb=verb,
        errors=errors or {},
        says=says(rule),
        about=about(rule),
        roles=dict(ROLES),
        consents=dict(CONSENTS),
        layers=dict(LAYERS),
        has_begun=rule.from_on <= today,
        has_ended=rule.has_ended(today),
        changes=changes_to(subject_of(rule.code), actions),
        names={**words_of(FIELDS), "add_mode_rule": "Added"},
    )
