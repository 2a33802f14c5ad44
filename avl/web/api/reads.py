"""What every read of the API shares: it says which state it tells, and says nothing of an old one.

The ETag of a read is the version of what is read, where it has one, and a digest of all that is
said. The version alone would not do for If-None-Match: somebody's place in a queue, or where a
person is held, changes with other records and with the time. A change asks for no more than the
version (If-Match), so that a place in a queue keeps nobody from withdrawing.
"""

from __future__ import annotations

import hashlib

from flask import Response, request
from werkzeug.datastructures import ETags

from avl.web.errors import problem

DIGITS = 12
"""Of the digest: by chance one change in 10^14 would go unseen."""

CHANGED = "This was changed since you read it. Read it again, then decide."


def tell_only_news(response: Response) -> Response:
    """Give a read its ETag; answer 304 to whoever has it already, and 412 to whoever wants to read
    another version than there is (RFC 9110, sections 13.1.1, 13.1.2 and 13.2.2)."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    version = response.get_etag()[0] or ""
    said = hashlib.sha256(response.get_data()).hexdigest()[:DIGITS]
    tag = f"{version}.{said}" if version else said
    if "If-Match" in request.headers and not names_version(request.if_match, version or said):
        return problem(412, CHANGED)
    response.set_etag(tag)
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        for header in ("Content-Type", "Content-Length"):
            response.headers.pop(header, None)
    return response


def names_version(sent: ETags, version: str) -> bool:
    """Whether one of some ETags is of this version, whatever else it was read with."""
    return sent.star_tag or any(tag.partition(".")[0] == version for tag in sent.as_set())
