"""Who may sign in, and what they are granted."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovPasswordInput,
    GovSelect,
    GovSubmitInput,
    GovTextInput,
)
from wtforms import PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # new in 3.3
from wtforms.validators import InputRequired

from avl.commands import accounts, sign_in
from avl.domain.access import Role
from avl.domain.errors import InvalidInput
from avl.queries.accounts import UserLine, all_agencies, all_sites, find_user_line, list_users
from avl.web.admin import bp
from avl.web.frame import role_words
from avl.web.guards import actor
from avl.web.searching import search_text

ROLE_WORDS = [SelectChoice(role.value, role_words(role)) for role in Role]


class UserForm(FlaskForm):
    """Somebody new."""

    name = StringField("Name", [InputRequired("Enter their name")], widget=GovTextInput())
    email = StringField(
        "E-mail address", [InputRequired("Enter their e-mail address")], widget=GovTextInput()
    )
    password = PasswordField(
        "First password",
        [InputRequired("Enter a first password")],
        widget=GovPasswordInput(),
        description="16 characters or more. Ask them to change it when they first sign in.",
    )
    submit = SubmitField("Add user", widget=GovSubmitInput())


class GrantForm(FlaskForm):
    """A role, and where it holds."""

    role = SelectField("Role", choices=ROLE_WORDS, widget=GovSelect())
    place = SelectField("Where", widget=GovSelect())
    submit = SubmitField("Give this role", widget=GovSubmitInput())


@bp.get("/users")
def users() -> ResponseReturnValue:
    """Everybody who may sign in."""
    search = search_text()
    return render_template("admin/users.html", users=list_users(search), search=search)


@bp.route("/users/new", methods=["GET", "POST"])
def add_user() -> ResponseReturnValue:
    """Add somebody."""
    form = UserForm()
    if form.validate_on_submit():
        try:
            made = accounts.make_user(
                form.email.data or "", form.name.data or "", form.password.data or "", by=actor()
            )
        except InvalidInput as refusal:
            form[refusal.field].errors = [refusal.message]
        else:
            flash(f"{made.name} is added. Give them a role now.")
            return redirect(url_for(".show_user", user_id=made.id))
    page = render_template("admin/add_user.html", form=form)
    return (page, 422) if form.is_submitted() else page


@bp.route("/users/<int:user_id>", methods=["GET", "POST"])
def show_user(user_id: int) -> ResponseReturnValue:
    """One user: what they may do, and giving them a role."""
    user = _get(user_id)
    form = GrantForm()
    form.place.choices = _places()
    if form.validate_on_submit():
        kind, _, number = form.place.data.partition("-")
        where = {f"{kind}_id": int(number)} if number else {}
        try:
            accounts.grant(user_id, Role(form.role.data), by=actor(), **where)
        except InvalidInput as refusal:
            form.role.errors = [refusal.message]
        else:
            flash(f"{user.name} has the role now.")
            return redirect(url_for(".show_user", user_id=user_id))
    page = render_template("admin/user.html", user=user, form=form)
    return (page, 422) if form.is_submitted() else page


def _places() -> list[SelectChoice]:
    return [
        SelectChoice("everywhere", "Everywhere"),
        *(SelectChoice(f"agency-{one.id}", f"All sites of {one.name}") for one in all_agencies()),
        *(SelectChoice(f"site-{one.id}", one.name) for one in all_sites()),
    ]


@bp.post("/users/<int:user_id>/roles/<int:membership_id>/revoke")
def revoke(user_id: int, membership_id: int) -> ResponseReturnValue:
    """Take one role away."""
    user = _get(user_id)
    if membership_id not in {line.id for line in user.grants}:
        abort(404)
    return _done(user_id, "The role is taken away.", accounts.revoke, membership_id)


@bp.post("/users/<int:user_id>/shut-out")
def shut_out(user_id: int) -> ResponseReturnValue:
    """Keep somebody out from this moment on."""
    return _done(
        user_id, f"{_get(user_id).name} can no longer sign in.", accounts.set_active, user_id, False
    )


@bp.post("/users/<int:user_id>/let-in")
def let_in(user_id: int) -> ResponseReturnValue:
    """Let somebody sign in again."""
    return _done(
        user_id, f"{_get(user_id).name} can sign in again.", accounts.set_active, user_id, True
    )


@bp.post("/users/<int:user_id>/unlock")
def unlock(user_id: int) -> ResponseReturnValue:
    """Forget somebody's wrong tries."""
    return _done(user_id, f"{_get(user_id).name} is unlocked.", accounts.unlock, user_id)


@bp.post("/users/<int:user_id>/end-sessions")
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Sign somebody out wherever they are signed in."""
    user = _get(user_id)
    sign_in.end_sessions(by=actor(), user_id=user_id)
    flash(f"{user.name} is signed out everywhere.")
    return redirect(url_for(".show_user", user_id=user_id))


def _get(user_id: int) -> UserLine:
    return find_user_line(user_id) or abort(404)


def _done(user_id: int, said: str, act: Callable[..., None], *args: object) -> ResponseReturnValue:
    """Do something to a user and say so, or say why not, on the user's page."""
    try:
        act(*args, by=actor())
    except InvalidInput as refusal:
        flash(refusal.message, "warning")
    else:
        flash(said)
    return redirect(url_for(".show_user", user_id=user_id))
