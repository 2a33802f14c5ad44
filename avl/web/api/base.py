"""What every schema of the API is."""

from __future__ import annotations

import marshmallow


class Schema(marshmallow.Schema):
    """A schema that nobody changes once it is made.

    Each decorator of a call copies all that is said of it so far. The schemas need no copies: a
    process kept 24 MB of them.
    """

    def __deepcopy__(self, memo: object) -> Schema:
        return self
