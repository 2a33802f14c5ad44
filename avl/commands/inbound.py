"""Texts that people send to us. For now they are only kept; nothing acts on them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.commands.transaction import command
from avl.models import Inbound
from avl.queries.database_time import database_now


@command
def keep_inbound(
    session: Session, *, sid: str, sender: str, body: str, opt_out_type: str = ""
) -> bool:
    """Keep one received text, once however often the provider delivers it.

    Returns:
        Whether it was new.
    """
    if session.scalar(select(Inbound.id).where(Inbound.sid == sid)) is not None:
        return False
    session.add(
        Inbound(
            sid=sid[:40],
            from_e164=sender[:16],
            body=body[:1600],
            opt_out_type=opt_out_type[:16],
            received_at=database_now(session),
        )
    )
    return True
