"""What every read shares: its ETag, no body for whoever has it already, and few questions."""

from __future__ import annotations

from flask import Flask

from avl.models import db
from tests import make
from tests.api.conftest import Caller
from tests.api.reading import reads, something_to_read
from tests.counting import statements
from tests.scene import Scene

MOST = 10
"""Issue 2: queries per page; a call is held to the same."""


def test_a_read_is_told_again_only_when_it_is_another(
    app: Flask, scene: Scene, court: Caller, prison: Caller, manager: Caller
) -> None:
    known = something_to_read(scene, court, prison, manager)
    assert {one.name for one in known} == reads(app)

    for read in known:
        first = read.who.get(read.path)
        assert first.status_code == 200, (read.path, first.text)
        tag = first.headers["ETag"]
        for sent in (tag, f'"another", W/{tag}', "*"):
            again = read.who.get(read.path, If_None_Match=sent)
            assert (again.status_code, again.data) == (304, b""), (read.path, sent)
            assert again.headers["ETag"] == tag
        fresh = read.who.get(read.path, If_None_Match='"another"')
        assert (fresh.status_code, fresh.data) == (200, first.data), read.path
        wrong = read.who.get(read.path, If_Match='"another"')
        assert (wrong.status_code, wrong.json["status"]) == (412, 412), read.path
        assert read.who.get(read.path, If_Match=tag).status_code == 200


def test_no_read_asks_more_than_ten_questions(
    scene: Scene, court: Caller, prison: Caller, manager: Caller
) -> None:
    too_many = []
    for read in something_to_read(scene, court, prison, manager):
        with statements(db.engine) as asked:
            assert read.who.get(read.path).status_code == 200
        if len(asked) > MOST:
            too_many.append((read.path, len(asked), [one[:90] for one in asked]))

    assert too_many == []


def test_what_changes_without_the_version_is_another_read(scene: Scene, court: Caller) -> None:
    path = f"/people/{scene.tane.prn}"
    before = court.get(path)
    make.matter(scene.court, scene.tane, by=scene.mere)

    after = court.get(path, If_None_Match=before.headers["ETag"])

    assert (after.status_code, after.json["version"]) == (200, before.json["version"])
    assert after.json["matters"] != before.json["matters"]
