"""Forms about one's own account."""

from __future__ import annotations

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovSubmitInput, GovTextInput
from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import EqualTo, InputRequired


class SignInForm(FlaskForm):
    """Who somebody is and how they prove it."""

    email = StringField(
        "E-mail address", [InputRequired("Enter your e-mail address")], widget=GovTextInput()
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password")], widget=GovPasswordInput()
    )
    next = HiddenField()
    submit = SubmitField("Sign in", widget=GovSubmitInput())


class PasswordForm(FlaskForm):
    """A new password, proved by the old one."""

    old = PasswordField(
        "Present password",
        [InputRequired("Enter your present password")],
        widget=GovPasswordInput(),
    )
    new = PasswordField(
        "New password",
        [InputRequired("Enter a new password")],
        widget=GovPasswordInput(),
        description="16 characters or more. Four or five words are easy to type.",
    )
    again = PasswordField(
        "New password again",
        [EqualTo("new", "The two new passwords are not the same")],
        widget=GovPasswordInput(),
    )
    submit = SubmitField("Change password", widget=GovSubmitInput())
