"""The API under /api/v1, for service users with a bearer token. OpenAPI at /api/openapi.json.

Every call that changes something carries an Idempotency-Key; a change to a booking that exists
carries If-Match with its version. Refusals are problem details (RFC 9457).
"""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from avl.web.api.blueprint import ApiBlueprint
from avl.web.api.schemas import Problem
from avl.web.errors import PROBLEM
from avl.web.guards import GUARDS, Guard, everybody

DESCRIPTION = """\
Times are RFC 3339 with an offset, in and out. What the caller may not know is null. A booking
outside the caller's scope does not exist (404).

**Changes.** Send a new `Idempotency-Key` with each; the same request with the same key is answered
again and done once. Where `If-Match` is asked for, send the `ETag` of what you read: 412 says that
somebody has changed it meanwhile, 428 that the header is missing; `*` means whatever stands.

**Reads** have an `ETag`: the version of what is read, where it has one, and after a dot a digest of
what was said of it. Sent again as `If-None-Match` it gets 304 and no body while nothing of that has
changed. `If-Match` looks at the version only.

**Refusals** are problem details (RFC 9457): `detail` is a sentence for people, and the `errors` of
a 422 name each input as it was sent. A clash is 409 with `clashes`, the `offers` that can be had
instead (each with what to send, and where: a booking, or the move that was refused at another
time), and the `ways` out in order. 503 says that nothing was changed, and when to try again
(`Retry-After`).

**Before a change** of places, rules, people or sittings, its address with `/preview` takes the same
body and says which bookings it would break. What it did break is told in `broken`, and stands at
`GET /disruptions` with a way out for each.

**Before a swap**, `GET /bookings/{reference}/swaps` lists what a booking may change times with and
`/swap/preview` says what one swap comes to. Each has a `mark`: sent with the swap, it gets 409 with
what the two come to now, should that be something else by then.
"""

bp = ApiBlueprint("api", __name__, url_prefix="/api/v1", description="Book and run AVL hearings.")
everybody(bp, "every call carries a bearer token, which `auth.authenticate` checks")
GUARDS.by_blueprint["api-docs"] = Guard(why_open="the description of the API holds no data")

from avl.web.api import (  # noqa: E402
    amending,
    auth,
    bookings,
    closures,
    counsel,
    custody,
    disruptions,
    hearing_types,
    hours,
    keep_aparts,
    merging,
    mode_rules,
    outages,
    people,
    person_records,
    plans,
    reads,
    rooms,
    running,
    search,
    site_rules,
    sittings,
    swaps,
    waitlist,
    waitlist_changes,
)

bp.before_request(auth.authenticate)
bp.before_request(auth.check_shape)
bp.after_request(reads.tell_only_news)

__all__ = [
    "amending",
    "bookings",
    "bp",
    "closures",
    "counsel",
    "custody",
    "disruptions",
    "hearing_types",
    "hours",
    "init_app",
    "keep_aparts",
    "merging",
    "mode_rules",
    "outages",
    "people",
    "person_records",
    "plans",
    "reads",
    "rooms",
    "running",
    "search",
    "site_rules",
    "sittings",
    "swaps",
    "waitlist",
    "waitlist_changes",
]


class ProblemApi(Api):
    """The library's Api with our own error answers, documented as what they are."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to `avl.web.errors`, which answers for pages and API alike."""

    def _register_responses(self) -> None:
        usual: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE: str = PROBLEM
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual


def init_app(app: Flask) -> None:
    """Attach the API and its description."""
    app.config.update(
        API_TITLE="Court AVL scheduler",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "security": [{"bearer": []}],
            "components": {
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "Made by an administrator for a service user.",
                    }
                }
            },
        },
    )
    ProblemApi(app).register_blueprint(bp)
