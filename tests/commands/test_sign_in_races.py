"""Somebody signs in while their password is changed or they are shut out: no session is left that
ending all of them did not end, and no old password comes back."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import check_password_hash, generate_password_hash

from avl.commands import sign_in as signing
from avl.commands.accounts import grant, set_active
from avl.commands.sign_in import SignInRefused, change_password, sign_in
from avl.domain.access import SYSTEM, Actor, Role
from avl.domain.errors import InvalidInput
from avl.models import Membership, User, UserSession, db
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.scene import Scene
from tests.storm.crowd import at_once, patiently

pytestmark = pytest.mark.both_databases

OLD, NEW, OTHER = "a long old password", "a long new password", "another long password"


@pytest.fixture
def user_id(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> int:
    """Somebody whose password is kept by a method no longer used, so that it is kept anew."""
    monkeypatch.setattr(signing, "PASSWORD_METHOD", "pbkdf2:sha512:1000")
    known = generate_password_hash(OLD, "pbkdf2:sha256:1000")
    return make.user(email="tui@example.nz", password_hash=known).id


def while_looked_at(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Let something happen once a password has been looked at."""
    look, first = signing.check_password_hash, [act]

    def look_and_linger(*args: Any) -> bool:
        found = look(*args)
        if first:
            first.pop()()
        return found

    monkeypatch.setattr(signing, "check_password_hash", look_and_linger)


def live() -> int:
    db.session.rollback()
    alive = select(func.count(UserSession.id)).where(UserSession.revoked_at.is_(None))
    return db.session.scalar(alive) or 0


def password_of(user_id: int) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(User, user_id).password_hash


def test_the_old_password_opens_no_session_once_it_was_changed(
    user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = Actor(user_id, "Tui")
    while_looked_at(monkeypatch, lambda: change_password(user_id, old=OLD, new=NEW, by=me))

    with pytest.raises(SignInRefused):
        sign_in("tui@example.nz", OLD)

    assert live() == 0
    assert check_password_hash(password_of(user_id), NEW)


def test_nobody_is_signed_in_once_they_are_shut_out(
    user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_looked_at(monkeypatch, lambda: set_active(user_id, False, by=SYSTEM))

    with pytest.raises(SignInRefused):
        sign_in("tui@example.nz", OLD)

    assert live() == 0


def test_a_session_opened_as_somebody_is_shut_out_is_ended(
    user_id: int, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = signing.record

    def note_and_linger(session: Any, action: str, **more: Any) -> None:
        note(session, action, **more)
        session.flush()
        if action == "sign_in":
            elsewhere.begin(lambda: set_active(user_id, False, by=SYSTEM))

    monkeypatch.setattr(signing, "record", note_and_linger)

    sign_in("tui@example.nz", OLD)

    elsewhere.end()
    assert live() == 0


def test_of_two_new_passwords_at_once_the_second_is_refused(
    user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = Actor(user_id, "Tui")
    while_looked_at(monkeypatch, lambda: change_password(user_id, old=OLD, new=OTHER, by=me))

    with pytest.raises(InvalidInput) as refusal:
        change_password(user_id, old=OLD, new=NEW, by=me)

    assert refusal.value.field == "old"
    assert check_password_hash(password_of(user_id), OTHER)


def test_two_who_sign_in_at_once_both_do_though_the_password_is_kept_anew(
    app: Flask, user_id: int
) -> None:
    outcomes = at_once(app, [patiently(lambda: sign_in("tui@example.nz", OLD))] * 2)

    assert [type(one) for one in outcomes] == [str, str], outcomes
    assert live() == 2


def test_one_role_granted_twice_at_once_is_held_once(app: Flask, user_id: int) -> None:
    give = patiently(partial(grant, user_id, Role.ADMINISTRATOR, by=SYSTEM))

    outcomes = at_once(app, [give] * 4)

    assert [type(one) for one in outcomes].count(InvalidInput) == 3, outcomes
    db.session.rollback()
    assert db.session.query(Membership).filter(Membership.user_id == user_id).count() == 1
