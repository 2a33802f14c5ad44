"""The dated rules about AVL or in person, as an administrator reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select

from avl.domain.errors import NotFound
from avl.domain.seen import mark_of
from avl.models import HearingType, ModeLayer, ModeRule, Site, SiteKind, db


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule, with the names of what it is about.

    Attributes:
        kind: the hearing type's name; "" where it is about every type of its class.
        court: the court's name; "" for every court.
        kind_code: the hearing type's code, None for every type; so for the court.
        mark: so that nobody changes what they have not seen.
    """

    code: str
    layer: str
    kind: str
    act_class: str
    court: str
    court_subkind: str
    in_custody: bool | None
    trigger: str
    mode: str
    override_role: str
    consent: str
    from_on: date
    to_on: date | None
    sentence: str
    source: str
    assumed: str
    mark: str
    kind_code: str | None = None
    court_code: str | None = None

    def bears_on(self, kind: HearingType) -> bool:
        """Whether hearings of this type may fall under it."""
        if self.kind_code is not None:
            return self.kind_code == kind.code
        return self.act_class in ("", kind.act_class)

    def has_ended(self, today: date) -> bool:
        """Whether it stands no longer."""
        return self.to_on is not None and self.to_on <= today


_RULES = (
    select(ModeRule, HearingType.name, Site.name, Site.code)
    .outerjoin(HearingType, HearingType.code == ModeRule.hearing_type_code)
    .outerjoin(Site, Site.id == ModeRule.court_id)
)


def all_rules() -> list[RuleShown]:
    """Every rule: statute before protocol, the latest first, then by what it is about."""
    layer = case((ModeRule.layer == ModeLayer.STATUTE, 0), else_=1)
    rows = db.session.execute(
        _RULES.order_by(layer, ModeRule.from_on.desc(), HearingType.name, ModeRule.code)
    )
    return [_shown(*row) for row in rows]


def rules_among(
    rules: Iterable[RuleShown], *, kind: HearingType | None = None, layer: str = ""
) -> list[RuleShown]:
    """Those that bear on a hearing type (None: on any), and are of one layer ("": of any)."""
    return [
        one
        for one in rules
        if (kind is None or one.bears_on(kind)) and (not layer or one.layer == layer)
    ]


def find_rule(code: str) -> RuleShown:
    """One of them.

    Raises:
        NotFound: there is none with this code.
    """
    row = db.session.execute(_RULES.where(ModeRule.code == code)).one_or_none()
    if row is None:
        raise NotFound(f"There is no rule {code}.")
    return _shown(*row)


def rule_made(rule_id: int) -> RuleShown:
    """The rule that a command has just made."""
    return _shown(*db.session.execute(_RULES.where(ModeRule.id == rule_id)).one())


def courts_named() -> Sequence[tuple[str, str]]:
    """Code and name of every court that is in use."""
    rows = db.session.execute(
        select(Site.code, Site.name)
        .where(Site.kind == SiteKind.COURT, Site.is_active)
        .order_by(Site.name)
    )
    return [(code, name) for code, name in rows]


def mark_of_rule(rule: ModeRule) -> str:
    """A mark of a rule as it stands."""
    return mark_of(rule.code, rule.from_on, rule.to_on, rule.mode, rule.sentence)


def _shown(
    rule: ModeRule, kind: str | None, court: str | None, court_code: str | None
) -> RuleShown:
    return RuleShown(
        rule.code,
        rule.layer.value,
        kind or "",
        rule.act_class,
        court or "",
        rule.court_subkind,
        rule.in_custody,
        rule.trigger,
        rule.mode,
        rule.override_role,
        rule.consent,
        rule.from_on,
        rule.to_on,
        rule.sentence,
        rule.source,
        rule.assumed,
        mark_of_rule(rule),
        rule.hearing_type_code,
        court_code,
    )
