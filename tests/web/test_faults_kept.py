"""What a page about a fault keeps of the form that met it, and what it must not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField

import avl
from avl.domain.access import Role
from avl.web.account.resume import SECRETS
from tests import make

TEMPLATES = Path(avl.__file__).parent.parent / "templates"
SECRET_NAME = re.compile(r"""name["']?\s*[=:]\s*["'](\w*(?:password|secret|token)\w*)["']""", re.I)
SECRET_KIND = re.compile(r"""type["']?\s*[=:]\s*["']password["']|govukPasswordInput""")


def fail(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


def forms(kind: type) -> Iterator[type]:
    for form in kind.__subclasses__():
        yield form
        yield from forms(form)


def secret_fields() -> Iterator[str]:
    """Every field of a form here that holds a password, a secret or a token."""
    for form in forms(FlaskForm):
        for name in dir(form):
            kind = getattr(getattr(form, name), "field_class", None)
            if kind and (issubclass(kind, PasswordField) or SECRET_NAME.match(f'name="{name}"')):
                yield name
    for template in TEMPLATES.rglob("*.html"):
        page = template.read_text()
        assert not SECRET_KIND.search(page), f"{template}: passwords are asked for by a form class"
        yield from set(SECRET_NAME.findall(page)) - {"csrf_token"}


def test_a_form_that_met_a_fault_is_kept_behind_one_button(
    client: FlaskClient, app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "registry.submit_form", fail)
    officer = make.sign_in(client, make.user(Role.REGISTRY, make.court()))
    typed = MultiDict([("notes", 'say "ā"'), ("person", "1"), ("person", "2"), ("csrf_token", "t")])

    answer = officer.post("/court/book/form?key=k&x=1", data=typed)

    assert answer.status_code == 503
    assert '<form method="post" action="/court/book/form?key=k&amp;x=1">' in answer.text
    for name, value in typed.items(multi=True):
        assert f'name="{name}" value="{escape(value)}"' in answer.text
    assert "Send it once more" in answer.text


def test_no_secret_field_is_in_a_page_about_a_fault(
    client: FlaskClient, app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "registry.submit_form", fail)
    officer = make.sign_in(client, make.user(Role.REGISTRY, make.court()))
    names = set(secret_fields())

    answers = {
        name: officer.post("/court/book/form", data={"notes": "ā", name: "hush hush"}).text
        for name in names
    }

    assert names == SECRETS
    for name, page in answers.items():
        assert "hush" not in page, name
        assert "Send it once more" not in page
        assert "Go back, type it again and send it again." in page


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/account/sign-in", "avl.web.account.sign_in.entry.sign_in"),
        ("/account/password", "avl.web.account.own.change_password"),
        ("/admin/users/new", "avl.web.admin.users.accounts.make_user"),
    ],
)
def test_a_password_is_in_no_page_about_a_fault(
    client: FlaskClient, session: Any, monkeypatch: pytest.MonkeyPatch, path: str, where: str
) -> None:
    monkeypatch.setattr(where, fail)
    make.sign_in(client, make.user(Role.ADMINISTRATOR))
    typed = {"name": "A", "email": "a@b.nz"} | dict.fromkeys(SECRETS, "hush hush hush hush")

    answer = client.post(path, data=typed)

    assert answer.status_code == 503
    assert "hush" not in answer.text


@pytest.mark.parametrize("path", ["/account/end-others", "/account/sign-out"])
def test_what_holds_no_password_is_kept_in_the_account_too(
    client: FlaskClient, app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setitem(app.view_functions, f"account.{path[9:].replace('-', '_')}", fail)
    make.sign_in(client, make.user(Role.ADMINISTRATOR))

    assert f'<form method="post" action="{path}?">' in client.post(path).text


def test_a_file_has_to_be_chosen_again(
    client: FlaskClient, app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "registry.submit_form", fail)
    officer = make.sign_in(client, make.user(Role.REGISTRY, make.court()))

    page = officer.post("/court/book/form", data={"file": (io.BytesIO(b"a"), "a.csv")}).text

    assert "Send it once more" not in page
    assert "Go back, choose the file again and send it again." in page
