"""AVL or in person: three dated layers, of which the later speaks first.

1. **Statute**: the Courts (Remote Participation) Act 2010. A protocol can ask for more presence
   than the Act does, never for less.
2. **Protocol**: a court's own default (the District Court protocol of 1 December 2025).
3. **Direction**: what a judicial officer or registrar recorded for this person and hearing.
   A later direction supersedes an earlier one (s 10), and the earlier one is kept.

Rules are rows of data with dates, never code: these have changed in 2017, 2024 and 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.local_time import say_date


class Mode(StrEnum):
    """How the person appears."""

    AVL = "avl"
    IN_PERSON = "in_person"


class Trigger(StrEnum):
    """Facts about the person that change the default."""

    YOUTH = "youth"
    INTERPRETER = "interpreter"
    FIRST_NO_LAWYER = "first_no_lawyer"


class Layer(StrEnum):
    """Where an answer comes from, weakest first."""

    STATUTE = "statute"
    PROTOCOL = "protocol"
    DIRECTION = "direction"


class Decider(StrEnum):
    """The least senior officer who may decide; a judicial officer may decide everything."""

    NONE = "none"
    REGISTRAR = "registrar"
    JUDICIAL_OFFICER = "judicial_officer"


class Consent(StrEnum):
    """What the law asks of the defendant before an AVL appearance (s 9)."""

    NO = "no"
    CONSIDERED = "considered"
    YES = "yes"


MANDATORY = "mandatory_in_person"
"""A rule's mode that no other rule outweighs; only a judicial officer may direct otherwise."""

SAY_MODE = {Mode.AVL: "AVL", Mode.IN_PERSON: "In person"}
_SAY_LAYER = {
    Layer.STATUTE: "by statute",
    Layer.PROTOCOL: "by the court's protocol",
    Layer.DIRECTION: "by direction",
}
_SAY_DECIDER = {
    Decider.REGISTRAR: "a registrar or a judicial officer",
    Decider.JUDICIAL_OFFICER: "a judicial officer",
}
_RANK = [Decider.NONE, Decider.REGISTRAR, Decider.JUDICIAL_OFFICER]
_WEIGHT = [Consent.NO, Consent.CONSIDERED, Consent.YES]


class Rule(Protocol):
    """One dated line of statute or protocol; a ``mode_rule`` row satisfies it.

    ``to_on`` is the first date on which it no longer stands; None and "" match everything.
    """

    @property
    def layer(self) -> str: ...
    @property
    def hearing_type_code(self) -> str | None: ...
    @property
    def act_class(self) -> str: ...
    @property
    def court_id(self) -> int | None: ...
    @property
    def court_subkind(self) -> str: ...
    @property
    def in_custody(self) -> bool | None: ...
    @property
    def trigger(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def override_role(self) -> str: ...
    @property
    def consent(self) -> str: ...
    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...
    @property
    def sentence(self) -> str: ...
    @property
    def source(self) -> str: ...


class Directed(Protocol):
    """A recorded direction for this person and hearing; a ``direction`` row satisfies it."""

    @property
    def mode(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def officer_name(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def consent_given(self) -> bool | None: ...
    @property
    def directed_on(self) -> date: ...
    @property
    def recorded_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class ModeFacts:
    """What the rules ask about one appearance.

    Attributes:
        act_class: how the Act classes the hearing type (``criminal_procedural``, ...).
        court_subkind: the kind of court, ``DC`` or ``HC``; "" when it is not known.
        triggers: facts that hold (see `Trigger`).
    """

    hearing_type: str
    act_class: str
    court_id: int | None = None
    in_custody: bool = True
    triggers: frozenset[str] = frozenset()
    court_subkind: str = ""


@dataclass(frozen=True, slots=True)
class LayerAnswer:
    """What one layer says; ``mode`` is None where it is silent."""

    layer: Layer
    mode: Mode | None
    sentence: str
    source: str = ""
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Requirements:
    """What choosing a mode takes: who decides, whether with a reason, whether with consent."""

    role: Decider = Decider.NONE
    reason: bool = False
    consent: Consent = Consent.NO

    def require(self, *, role: str | None, reason: str, consent_given: bool | None) -> None:
        """Refuse a decision that lacks what the rules ask for.

        Args:
            role: who decides, ``judicial_officer`` or ``registrar``; None if nobody is named.
            consent_given: the defendant's answer; None when it has not been asked.

        Raises:
            NotAllowed: the officer named may not decide this.
            InvalidInput: the deciding officer, the reason or the consent is missing.
        """
        if role and self.role is not Decider.NONE and not _may_decide(role, self.role):
            raise NotAllowed(f"Only {_SAY_DECIDER[self.role]} may decide this.")
        for lacking in self.lacking(role=role, reason=reason, consent_given=consent_given):
            raise lacking

    def lacking(
        self, *, role: str | None, reason: str, consent_given: bool | None
    ) -> Iterator[InvalidInput]:
        """What a decision lacks, each with its sentence, so that a page can name all at once."""
        if self.role is not Decider.NONE and not role:
            yield InvalidInput("role", f"Say who decided this: {_SAY_DECIDER[self.role]}.")
        if self.reason and not reason.strip():
            yield InvalidInput("reason", "Give the reason for going against the default.")
        if self.consent is Consent.YES and not consent_given:
            yield InvalidInput(
                "consent", "The defendant must consent to appear by AVL. Record the consent."
            )
        if self.consent is Consent.CONSIDERED and consent_given is None:
            yield InvalidInput(
                "consent", "Record whether the parties consent; the decision must consider it."
            )


@dataclass(frozen=True, slots=True)
class ModeDecision:
    """The mode that stands on a date, why, and what going against it would take.

    Attributes:
        mode: AVL or in person.
        why: one sentence naming the layer and its authority.
        layers: each layer's answer, statute first.
        needs_role: who must decide before this very mode may be used; none, as a rule.
        needs_reason: whether this very mode has to be given a reason.
        needs_consent: what the law asks of the defendant if this is AVL.
    """

    mode: Mode
    why: str
    layers: tuple[LayerAnswer, ...]
    needs_role: Decider
    needs_reason: bool
    needs_consent: Consent
    other: Requirements

    def against_default(self, mode: Mode | str) -> Requirements:
        """Return what choosing this mode takes; nothing when it is the mode that stands."""
        if Mode(mode) is self.mode:
            return Requirements(self.needs_role, self.needs_reason, self.needs_consent)
        return self.other


def decide_mode(
    facts: ModeFacts, rules: Iterable[Rule], directions: Iterable[Directed], on: date
) -> ModeDecision:
    """Decide how a person appears on a date, from statute, protocol and direction.

    A direction that its officer could not make, or that lacks the consent the Act asks for, is
    set aside, and the sentence says so.

    Source: Courts (Remote Participation) Act 2010 ss 7-10; District Court Remote Participation
    Protocol in force 1 December 2025.
    """
    standing = [rule for rule in rules if _applies(rule, facts, on)]
    statute = _strongest(standing, Layer.STATUTE)
    protocol = _strongest(standing, Layer.PROTOCOL)
    answers = [_answer(Layer.STATUTE, statute), _answer(Layer.PROTOCOL, protocol)]
    default = _default(answers)
    takes = _going_against(default.mode, [rule for rule in (statute, protocol) if rule])
    direction = _latest(directions, on)
    if direction is None:
        return _decision(default, [*answers, _answer(Layer.DIRECTION, None)], takes)
    if fault := _fault_in(direction, default, takes):
        silent = LayerAnswer(Layer.DIRECTION, None, fault)
        return _decision(default, [*answers, silent], takes, note=f" {fault}")
    directed = _directed(direction)
    return _decision(directed, [*answers, directed], _undoing(direction, default, takes))


def _applies(rule: Rule, facts: ModeFacts, on: date) -> bool:
    return (
        rule.from_on <= on
        and (rule.to_on is None or on < rule.to_on)
        and rule.hearing_type_code in (None, "", facts.hearing_type)
        and rule.act_class in ("", facts.act_class)
        and rule.court_id in (None, facts.court_id)
        and rule.court_subkind in ("", facts.court_subkind)
        and rule.in_custody in (None, facts.in_custody)
        and (not rule.trigger or rule.trigger in facts.triggers)
    )


def _strongest(standing: Sequence[Rule], layer: Layer) -> Rule | None:
    """Pick the rule that speaks for a layer: mandatory, then local, then closest, then latest."""
    found = [rule for rule in standing if rule.layer == layer]
    return max(found, key=_precedence, default=None)


def _precedence(rule: Rule) -> tuple[bool, bool, bool, bool, bool, date]:
    return (
        rule.mode == MANDATORY,
        rule.court_id is not None,
        bool(rule.court_subkind),
        bool(rule.trigger),
        bool(rule.hearing_type_code),
        rule.from_on,
    )


def _mode_of(rule: Rule) -> Mode:
    return Mode.AVL if rule.mode == Mode.AVL else Mode.IN_PERSON


def _answer(layer: Layer, rule: Rule | None) -> LayerAnswer:
    if rule is None:
        said = "No direction is recorded." if layer is Layer.DIRECTION else f"No {layer} rule."
        return LayerAnswer(layer, None, said)
    return LayerAnswer(layer, _mode_of(rule), rule.sentence, rule.source, rule.mode == MANDATORY)


def _default(answers: Sequence[LayerAnswer]) -> LayerAnswer:
    """Let the protocol speak, unless the Act asks for presence that the protocol would waive."""
    statute, protocol = answers
    waives = protocol.mode is Mode.AVL and statute.mode is Mode.IN_PERSON
    if protocol.mode is not None and not waives:
        return protocol
    if statute.mode is not None:
        return statute
    return LayerAnswer(Layer.STATUTE, Mode.AVL, "no rule says otherwise.")


def _going_against(default: Mode | None, rules: Sequence[Rule]) -> Requirements:
    """Return what the rules that gave the default ask of anybody who departs from it."""
    opposed = [rule for rule in rules if _mode_of(rule) is default]
    if not opposed:
        return Requirements()
    role = max((_decider(rule) for rule in opposed), key=_RANK.index)
    consents = [_consent(rule) for rule in rules] if default is Mode.IN_PERSON else [Consent.NO]
    consent = max(consents, key=_WEIGHT.index)
    return Requirements(role, reason=role is not Decider.NONE, consent=consent)


def _decider(rule: Rule) -> Decider:
    if rule.mode == MANDATORY:
        return Decider.JUDICIAL_OFFICER
    roles = rule.override_role.split("|")
    if "registrar" in roles:
        return Decider.REGISTRAR
    return Decider.JUDICIAL_OFFICER if "judicial_officer" in roles else Decider.NONE


def _consent(rule: Rule) -> Consent:
    # Where the law's answer is not known, the safe reading is that consent is considered.
    known = {"": Consent.NO, "no": Consent.NO, "n/a": Consent.NO, "yes": Consent.YES}
    return known.get(rule.consent, Consent.CONSIDERED)


def _latest(directions: Iterable[Directed], on: date) -> Directed | None:
    made = [direction for direction in directions if direction.directed_on <= on]
    return max(made, key=_order, default=None)


def _order(direction: Directed) -> tuple[date, datetime]:
    return (direction.directed_on, direction.recorded_at)


def _fault_in(direction: Directed, default: LayerAnswer, takes: Requirements) -> str | None:
    if Mode(direction.mode) is default.mode:
        return None
    if takes.role is not Decider.NONE and not _may_decide(direction.role, takes.role):
        return (
            f"A {direction.role.replace('_', ' ')}'s direction is recorded, but only"
            f" {_SAY_DECIDER[takes.role]} may decide this."
        )
    if takes.consent is Consent.YES and not direction.consent_given:
        return "A direction for AVL is recorded, but not the defendant's consent to it."
    return None


def _undoing(direction: Directed, default: LayerAnswer, takes: Requirements) -> Requirements:
    """Return what departing from a direction takes: no less than the officer who made it."""
    role = max(Decider(direction.role), takes.role, key=_RANK.index)
    consent = takes.consent if Mode(direction.mode) is default.mode else Consent.NO
    return Requirements(role, reason=True, consent=consent)


def _may_decide(role: str, least: Decider) -> bool:
    return role in _RANK and _RANK.index(Decider(role)) >= _RANK.index(least)


def _directed(direction: Directed) -> LayerAnswer:
    day = say_date(direction.directed_on)
    said = f"{direction.officer_name} directed this on {day}: {direction.reason.rstrip('.')}."
    return LayerAnswer(Layer.DIRECTION, Mode(direction.mode), said)


def _decision(
    answer: LayerAnswer, layers: Sequence[LayerAnswer], other: Requirements, note: str = ""
) -> ModeDecision:
    mode = answer.mode or Mode.AVL
    why = f"{SAY_MODE[mode]}, {_SAY_LAYER[answer.layer]}: {answer.sentence}{note}"
    return ModeDecision(mode, why, tuple(layers), Decider.NONE, False, Consent.NO, other)
