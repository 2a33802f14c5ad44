"""The pages of a court's sittings, through the client."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.models import Sitting, db
from tests import make
from tests.counting import statements
from tests.scene import Scene


def typed(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "court": scene.court.id,
        "courtroom": scene.courtroom.id,
        "date": "25 Nov 2026",
        "from_time": "10:00",
        "to_time": "1 pm",
        "list_name": "Bail list",
        "officer": "Judge Tui",
        **more,
    }


def test_sitting_is_looked_at_added_changed_and_removed(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("14:00"), by=scene.registrar)
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))

    seen = client.post("/sittings/add", data=typed(scene, step="preview")).text
    assert "10:00 am to 1:00 pm affects 1 booking." in seen
    assert "each with this best way out" in seen
    assert booking.reference in seen
    assert db.session.scalars(select(Sitting)).all() == []

    data = typed(scene, step="save")
    saved = client.post("/sittings/add", data=data, follow_redirects=True).text
    assert "1 booking needs a way out" in saved
    assert "Judge Tui" in saved
    sitting = db.session.scalars(select(Sitting)).one()

    form = client.get(f"/sittings/change?sitting={sitting.id}").text
    assert 'value="1:00 pm"' in form
    data = typed(scene, sitting=sitting.id, to_time="3 pm", step="save")
    changed = client.post("/sittings/change", data=data, follow_redirects=True).text
    assert "1 booking is possible again" in changed

    asked = client.get(f"/sittings/remove?sitting={sitting.id}").text
    assert "affects 1 booking." in asked
    assert "does not sit on Wed 25 Nov 2026" in asked
    hours = client.get(f"/sittings/remove?sitting={sitting.id}&then=hours").text
    assert "affects no booking" in hours
    assert '<input type="hidden" name="then" value="hours">' in hours
    data = {"sitting": sitting.id}
    removed = client.post("/sittings/remove", data=data, follow_redirects=True).text
    assert "<strong>Does not sit</strong>" in removed
    back = client.get(f"/sittings/remove?sitting={sitting.id}").text
    assert "Giving Courtroom 1 its opening hours on Wed 25 Nov 2026 affects no booking." in back
    gone = client.post("/sittings/remove", data=data, follow_redirects=True).text
    assert "No sitting is recorded for this week" in gone


def test_what_was_typed_is_kept_beside_the_error(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.court))

    answer = client.post("/sittings/add", data=typed(scene, to_time="9 am"))

    assert answer.status_code == 422
    assert "The end must come after the start." in answer.text
    assert 'value="Bail list"' in answer.text


def test_another_courts_sitting_is_not_there(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    client.post("/sittings/add", data=typed(scene, step="save"))
    sitting = db.session.scalars(select(Sitting)).one()

    make.sign_in(client, make.user(Role.REGISTRY, make.court()))

    for path in ("change", "remove"):
        assert client.get(f"/sittings/{path}?sitting={sitting.id}").status_code == 404
        assert client.post(f"/sittings/{path}", data={"sitting": sitting.id}).status_code == 404
    assert client.get(f"/sittings?court={scene.court.id}").status_code == 404


def test_week_costs_the_same_for_one_sitting_and_for_three(
    client: FlaskClient, scene: Scene
) -> None:
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    counts = []
    for hour in (9, 11, 13):
        data = typed(scene, from_time=f"{hour}:00", to_time=f"{hour + 1}:00", step="save")
        client.post("/sittings/add", data=data)
        with statements(db.engine) as seen:
            client.get("/sittings?on=2026-11-25")
        counts.append(len(seen))

    assert len(set(counts)) == 1
    assert counts[0] <= 10


ROWS = "date,courtroom,from,to,list\r\n25/11/2026,Courtroom 1,10:00,1 pm,Bail list\r\n"


def test_roster_is_sent_as_a_file_looked_at_and_imported(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("14:00"), by=scene.registrar)
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    assert 'href="/sittings/import?court=' in client.get("/sittings").text

    sent = {"court": scene.court.id, "file": (BytesIO(ROWS.encode()), "roster.csv")}
    seen = client.post("/sittings/import", data=sent, content_type="multipart/form-data").text
    assert "Sittings: 1 added, 0 unchanged." in seen
    assert "This roster of Hutt Valley affects 1 booking." in seen
    assert booking.reference in seen
    assert db.session.scalars(select(Sitting)).all() == []

    data = {"court": scene.court.id, "rows": ROWS, "step": "save"}
    saved = client.post("/sittings/import", data=data, follow_redirects=True).text
    assert "The roster stands: 1 added, 0 unchanged. 1 booking needs a way out" in saved
    again = client.post("/sittings/import", data={**data, "step": "preview"}).text
    assert "Everything in this roster is recorded already." in again
    assert ">Import it</button>" not in again


def test_faults_of_a_roster_stand_where_its_rows_came_from(
    client: FlaskClient, scene: Scene
) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.court))
    data = {"court": scene.court.id, "rows": ROWS.replace("Courtroom 1", "Courtroom 9")}

    answer = client.post("/sittings/import", data=data)

    assert answer.status_code == 422
    assert "<td>2</td><td>courtroom</td><td>Hutt Valley has no such courtroom" in answer.text
    assert "25/11/2026,Courtroom 9,10:00,1 pm,Bail list" in answer.text
    assert ('id="rows-error"' in answer.text, 'id="file-error"' in answer.text) == (True, False)
    assert '<a href="#rows">Nothing was imported: the roster has 1 fault.</a>' in answer.text
    wrong = BytesIO(b"\r\n" + data["rows"].encode())
    sent = {"court": scene.court.id, "rows": "", "file": (wrong, "roster.csv")}
    filed = client.post("/sittings/import", data=sent, content_type="multipart/form-data").text
    assert ('id="rows-error"' in filed, 'id="file-error"' in filed) == (False, True)
    assert "<td>2</td><td>courtroom</td>" in filed
    odd = {"court": scene.court.id, "file": (BytesIO(b"\xff\xfe"), "roster.xlsx")}
    wrong = client.post("/sittings/import", data=odd, content_type="multipart/form-data")
    assert (wrong.status_code, "CSV UTF-8" in wrong.text) == (422, True)
    assert client.post("/sittings/import", data={"court": scene.court.id}).status_code == 422


def test_another_courts_roster_page_is_not_there(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.REGISTRY, make.court()))

    data = {"court": scene.court.id, "rows": ROWS, "step": "save"}

    assert client.get(f"/sittings/import?court={scene.court.id}").status_code == 404
    assert client.post("/sittings/import", data=data).status_code == 404


def test_a_file_does_not_push_out_what_was_pasted(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.court))

    def with_file(rows: str, shown: str) -> Any:
        file = (BytesIO(ROWS.encode()), "roster.csv")
        data = {"court": scene.court.id, "rows": rows, "shown": shown, "file": file}
        return client.post("/sittings/import", data=data, content_type="multipart/form-data")

    page = client.get(f"/sittings/import?court={scene.court.id}").text
    shown = page.split('name="shown" value="')[1].split('"')[0]
    pasted = with_file("26/11/2026,Courtroom 1,,", shown)
    assert (pasted.status_code, 'id="rows-error"' in pasted.text) == (422, True)
    assert "26/11/2026,Courtroom 1,," in pasted.text

    untouched = page.split('spellcheck="false">')[1].split("</textarea>")[0]
    seen = with_file(untouched.replace("\n", "\r\n"), shown)
    assert (seen.status_code, "Sittings: 1 added" in seen.text) == (200, True)
    shown = seen.text.split('name="shown" value="')[1].split('"')[0]
    assert with_file(ROWS, shown).status_code == 200
