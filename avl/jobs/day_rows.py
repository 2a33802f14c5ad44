"""A model's constraints as plain rows: so much at least and at most of some variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

INFINITY = float("inf")

ROUNDING = 1e-3
"""Less than this is nothing: what lists are worth are whole numbers, and large ones."""

FAR = 1 << 60
"""The solver writes "any number" as one farther out than this."""


@dataclass(frozen=True, slots=True)
class Row:
    """So much at least and at most of some variables, each with its weight."""

    weights: Mapping[int, int]
    least: float
    most: float

    @property
    def is_clique(self) -> bool:
        """Whether no two of its variables can be chosen together."""
        return self.most == 1 and all(weight == 1 for weight in self.weights.values())


def rows_of(model: Any, since: int = 0) -> Iterator[Row]:
    """Every constraint of a model that is a row; without the others it is only looser.

    Args:
        since: how many of its constraints to pass over.
    """
    for one in islice(model.proto.constraints, since, None):
        if one.has_at_most_one():
            yield _row(one.at_most_one.literals, (), -INFINITY, 1)
        elif one.has_exactly_one():
            yield _row(one.exactly_one.literals, (), 1, 1)
        elif one.has_linear() and not len(one.enforcement_literal):
            least, *_, most = one.linear.domain
            yield _row(
                one.linear.vars,
                one.linear.coeffs,
                -INFINITY if least < -FAR else least,
                INFINITY if most > FAR else most,
            )


def _row(literals: Sequence[int], weights: Sequence[int], least: float, most: float) -> Row:
    """A row of variables; a literal below 0 is the opposite of one."""
    sums: dict[int, int] = {}
    shift = 0
    for literal, weight in zip(literals, weights or repeat(1), strict=False):
        if literal < 0:
            literal, shift, weight = -literal - 1, shift + weight, -weight
        sums[literal] = sums.get(literal, 0) + weight
    return Row(sums, least - shift, most - shift)
