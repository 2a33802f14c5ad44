"""One's own account: what one may do, where one is signed in, one's password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl.commands.sign_in import change_password, end_sessions
from avl.domain.errors import InvalidInput, NotFound
from avl.queries.accounts import SignedIn, find_user_line, live_sessions
from avl.web.account import bp
from avl.web.account.forms import PasswordForm
from avl.web.guards import actor, signed_in


def _this_session() -> tuple[SignedIn, int]:
    found = signed_in()
    if found is None or found.actor.user_id is None:
        raise NotFound("You are not signed in.")
    return found, found.actor.user_id


@bp.get("")
def show() -> ResponseReturnValue:
    """Who one is here, one's roles, and every browser one is signed in on."""
    found, user_id = _this_session()
    return render_template(
        "account/show.html",
        user=find_user_line(user_id),
        sessions=live_sessions(user_id),
        this_session=found.session_id,
    )


@bp.post("/end-others")
def end_others() -> ResponseReturnValue:
    """Sign out everywhere else."""
    found, user_id = _this_session()
    end_sessions(by=actor(), user_id=user_id, but=found.session_id)
    flash("You are signed out everywhere else.")
    return redirect(url_for(".show"))


@bp.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Change one's password; every other browser is signed out."""
    found, user_id = _this_session()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            change_password(
                user_id,
                old=form.old.data or "",
                new=form.new.data or "",
                by=actor(),
                but=found.session_id,
                address=request.remote_addr or "",
            )
        except InvalidInput as refusal:
            form[refusal.field].errors = [refusal.message]
        else:
            flash("Your password is changed. You are signed out everywhere else.")
            return redirect(url_for(".show"))
    page = render_template("account/password.html", form=form)
    return (page, 422) if form.is_submitted() else page
