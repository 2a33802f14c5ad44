"""A registry officer's browser without JavaScript, and what is typed into it."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from avl.models import Booking, ModeRule, db

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """What a browser does with a page that holds one main form."""

    def __init__(self, client):
        self.client = client

    def get(self, address):
        answer = self.client.get(address, follow_redirects=True)
        assert answer.status_code == 200, text_of(answer)
        self.page = text_of(answer)
        self.address = answer.request.full_path.rstrip("?")
        return self.page

    def post(self, address, fields, *, expected=200):
        if found := TOKEN.search(self.page):
            self.token = found[1]
        token = self.token
        answer = self.client.post(
            address, data={**fields, "csrf_token": token}, follow_redirects=True
        )
        assert answer.status_code == expected, text_of(answer)
        self.page = text_of(answer)
        self.address = answer.request.full_path.rstrip("?")
        return self.page

    def fields(self):
        """The main form's fields as the page has filled them."""
        form = self.page[self.page.index('id="booking-form"') :]
        form = form[: form.index("</form>")]
        found = {}
        for tag in re.findall(r"<input[^>]*>", form):
            name, value = attribute(tag, "name"), attribute(tag, "value")
            if 'type="checkbox"' in tag or 'type="radio"' in tag:
                if "checked" in tag:
                    found.setdefault(name, []).append(value)
            elif name:
                found[name] = value
        for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
            chosen = re.search(r'<option value="([^"]*)" selected', body)
            first = re.search(r'<option value="([^"]*)"', body)
            found[name] = (chosen or first)[1]
        for name, body in re.findall(
            r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S
        ):
            found[name] = body
        return found

    def offers(self):
        return re.findall(r'name="offer" value="([^"]+)"', self.page)

    def find_times(self, **typed):
        return self.post("/court/book/form", {**self.fields(), **typed})

    def choose(self, token=None, *, expected=200, **typed):
        fields = {**self.fields(), **typed, "offer": token or self.offers()[0]}
        return self.post("/court/book/form", fields, expected=expected)


def attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def text_of(answer):
    return answer.get_data(as_text=True).replace("&#39;", "'").replace("&#34;", '"')


def form_address(place, matter=None):
    address = f"/court/book/form?person={place.tane.id}"
    return f"{address}&matter={matter.id}" if matter else address


def bookings():
    return db.session.scalars(select(Booking).order_by(Booking.id)).all()


def wanted(**more):
    return {"hearing_type": "CRB", "date": "2026-11-25", "time": "10:00", **more}


def newest():
    """The booking made last, as it now stands."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(Booking).order_by(Booking.id.desc()).first()


def press(officer, page, address, **fields):
    """Send a form of a page that was read before, with these fields."""
    token = TOKEN.search(page)[1]
    return officer.post(address, data={**fields, "csrf_token": token})


def in_person_rule():
    """Let the hearing be in person by default, so that AVL takes a direction."""
    db.session.add(
        ModeRule(
            code="TEST-IN-PERSON",
            layer="protocol",
            hearing_type_code="CRB",
            mode="in_person",
            override_role="judicial_officer|registrar",
            from_on=dt.date(2020, 1, 1),
            sentence="bail applications are heard in person.",
        )
    )
    db.session.commit()
