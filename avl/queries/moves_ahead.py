"""What a transfer, a release or a death would break, before it is recorded."""

from __future__ import annotations

from datetime import datetime

from avl.domain.access import Actor
from avl.domain.disruption import with_move
from avl.domain.errors import NotFound
from avl.models import Person, Site, db
from avl.queries.disruptions import Preview, affected_by, facts_about, standing_on
from avl.queries.people import say_name


def preview_move(
    actor: Actor, person_id: int, *, what: str, at: datetime, site_id: int | None = None
) -> Preview:
    """What a person's going elsewhere would break.

    Args:
        what: the change, as the sentence begins: "The transfer of".
        site_id: where they go; None: out of custody.

    Raises:
        NotFound: there is no such person.
    """
    session = db.session()
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    said = f"{what} {say_name(person)}"
    bookings = standing_on(session, [person.resource_id], at)
    if not bookings:
        return Preview((), said)
    site = session.get(Site, site_id) if site_id is not None else None
    before = facts_about(session, bookings)
    goes_to = (site.id, site.short_name) if site else None
    after = with_move(before, person.resource_id, at, goes_to)
    return Preview(affected_by(actor, bookings, before, after), said)
