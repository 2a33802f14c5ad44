"""Counsel: who they are and how they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from avl.commands.counsel_records import CounselTyped, SameCounsel, add_counsel, change_counsel
from avl.domain.errors import InvalidInput
from avl.queries.counsel_records import MOST_COUNSEL, counsel_list, get_counsel
from avl.web.guards import actor
from avl.web.records import court
from avl.web.records.forms import CounselForm, mark, show
from avl.web.searching import search_text

Done = TypeVar("Done")


@court.get("/counsel")
def counsel() -> ResponseReturnValue:
    """Find counsel; macrons do not matter."""
    typed = search_text()
    found = counsel_list(actor(), typed)
    return render_template(
        "records/counsel.html",
        q=typed,
        counsel=found[:MOST_COUNSEL],
        has_more=len(found) > MOST_COUNSEL,
    )


@court.route("/counsel/new", methods=["GET", "POST"])
def new_counsel() -> ResponseReturnValue:
    """Add counsel."""
    form = CounselForm()
    if not form.is_submitted():
        form.name.data = search_text()
    made, same = _save(form, lambda typed: add_counsel(typed, by=actor()))
    if made is None:
        return show("records/edit_counsel.html", form, seen=None, same=same)
    flash(f"{made.name} is added.")
    return redirect(url_for(".counsel", q=made.name))


@court.route("/counsel/<int:counsel_id>", methods=["GET", "POST"])
def edit_counsel(counsel_id: int) -> ResponseReturnValue:
    """Change counsel's record."""
    seen = get_counsel(actor(), counsel_id)
    form = CounselForm(obj=seen)
    done, same = _save(form, lambda typed: change_counsel(counsel_id, typed, by=actor()))
    if done is None:
        return show("records/edit_counsel.html", form, seen=seen, same=same)
    flash(f"{done.name} is changed.")
    if done.texts:
        what = "1 waiting text follows" if done.texts == 1 else f"{done.texts} waiting texts follow"
        flash(f"{what} the change." if form.mobile.data else "Texts that were waiting are dropped.")
    return redirect(url_for(".counsel", q=done.name))


def _save(
    form: CounselForm, act: Callable[[CounselTyped], Done]
) -> tuple[Done | None, SameCounsel | None]:
    """Do it with what was typed; nothing and whoever is meant, when it was refused."""
    if not form.validate_on_submit():
        return None, None
    typed = CounselTyped(
        name=form.name.data or "",
        firm=form.firm.data or "",
        mobile=form.mobile.data or "",
        email=form.email.data or "",
        language=form.language.data or "",
    )
    try:
        return act(typed), None
    except SameCounsel as refusal:
        mark(form, refusal)
        return None, refusal
    except InvalidInput as refusal:
        mark(form, refusal)
        return None, None
