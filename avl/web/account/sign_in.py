"""Signing in and out."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from avl.commands import sign_in as entry
from avl.web.account import bp
from avl.web.account.forms import SignInForm
from avl.web.account.resume import kept_fields, safe_path
from avl.web.frame import first_page
from avl.web.guards import actor, is_signed_in


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for e-mail address and password, and go to the first page of the role."""
    form = SignInForm(data={"next": safe_path(request.args.get("next"))})
    if form.validate_on_submit():
        try:
            token = entry.sign_in(
                form.email.data or "", form.password.data or "", address=request.remote_addr or ""
            )
        except entry.SignInRefused as refusal:
            form.email.errors = [refusal.message]
            return _again(form), 422
        return _enter(token, form)
    if form.is_submitted():
        return _again(form), 422
    if is_signed_in():
        return redirect(safe_path(request.args.get("next")) or first_page(actor()))
    return _again(form)


def _again(form: SignInForm) -> str:
    resume = safe_path(request.form.get("resume"))
    kept = kept_fields() if resume else []
    return render_template("account/sign_in.html", form=form, resume=resume, kept=kept)


def _enter(token: str, form: SignInForm) -> ResponseReturnValue:
    # A new session from nothing: neither its token nor its CSRF secret was known before.
    session.clear()
    session["token"] = token
    for name in ("actor", "signed_in", "csrf_token"):
        g.pop(name, None)
    if resume := safe_path(request.form.get("resume")):
        return render_template("account/resume.html", resume=resume, kept=kept_fields())
    return redirect(safe_path(form.next.data) or first_page(actor()))


@bp.route("/sign-out", methods=["GET", "POST"])
def sign_out() -> ResponseReturnValue:
    """End this session, after asking."""
    if request.method == "GET":
        if not is_signed_in():
            return redirect(url_for("account.sign_in"))
        return render_template("account/sign_out.html")
    if is_signed_in():
        entry.sign_out(session["token"], by=actor())
    session.clear()
    flash("You are signed out.")
    return redirect(url_for("account.sign_in"))
