"""AVL or in person: the real rules, read from the New Zealand area's own files."""

import csv
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.modes import (
    Consent,
    Decider,
    Layer,
    Mode,
    ModeFacts,
    decide_mode,
)

AREA = Path(__file__).parents[2] / "avl" / "areas" / "00_new_zealand"
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class RuleRow:
    layer: str
    mode: str
    sentence: str = "a rule."
    hearing_type_code: str | None = None
    act_class: str = ""
    court_id: int | None = None
    court_subkind: str = ""
    in_custody: bool | None = None
    trigger: str = ""
    override_role: str = "judicial_officer|registrar"
    consent: str = "no"
    from_on: date = date(2010, 7, 7)
    to_on: date | None = None
    source: str = "ACT"


@dataclass(frozen=True)
class DirectionRow:
    mode: str
    role: str = "judicial_officer"
    officer_name: str = "Judge Aroha Smith"
    reason: str = "needs to consult counsel in the room"
    consent_given: bool | None = None
    directed_on: date = date(2026, 11, 20)
    recorded_at: datetime = datetime(2026, 11, 20, 1, tzinfo=UTC)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(name: str) -> list[dict[str, str]]:
    with (AREA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


RULES = [
    RuleRow(
        layer=row["layer"],
        mode=row["mode"],
        sentence=row["sentence"],
        hearing_type_code=row["hearing_type"] or None,
        act_class=row["act_class"],
        court_subkind=row["court_subkind"],
        in_custody={"yes": True, "no": False, "": None}[row["in_custody"]],
        trigger=row["trigger"],
        override_role=row["override_role"],
        consent=row["consent"],
        from_on=date.fromisoformat(row["from_on"]),
        to_on=_day(row["to_on"]),
        source=row["source"],
    )
    for row in _rows("mode_rules.csv")
]
ACT_CLASS = {row["code"]: row["act_class"] for row in _rows("hearing_types.csv")}


def decide(code, *triggers, on=TODAY, in_custody=True, directions=(), court="DC"):
    facts = ModeFacts(code, ACT_CLASS[code], None, in_custody, frozenset(triggers), court)
    return decide_mode(facts, RULES, directions, on)


R6_AVL = "PLEA SUPPRESS BAIL CASE_REVIEW LIST DISCLOSURE PRETRIAL CALLOVER MONITOR SENT_REVIEW ISO"
R6_AVL += " CPMIP_U"
R6_IN_PERSON = "FIRST_CORR JAT JURY DISPUTED SENTENCE SENT_IND PRETRIAL_EV ESO CPMIP_C"


@pytest.mark.parametrize("code", R6_AVL.split())
def test_protocol_matrix_avl_default(code):
    decision = decide(code)

    assert decision.mode is Mode.AVL
    assert decision.why.startswith("AVL, by the court's protocol: ")
    other = decision.against_default("in_person")
    assert (other.role, other.reason, other.consent) == (Decider.REGISTRAR, True, Consent.NO)


@pytest.mark.parametrize("code", R6_IN_PERSON.split())
def test_protocol_matrix_in_person_default(code):
    decision = decide(code)

    assert decision.mode is Mode.IN_PERSON
    assert decision.why.startswith("In person, by the court's protocol: ")
    assert decision.against_default("avl").reason


@pytest.mark.parametrize("trigger", ["youth", "interpreter"])
@pytest.mark.parametrize("code", R6_AVL.split() + R6_IN_PERSON.split())
def test_mandatory_triggers_outweigh_every_default(code, trigger):
    decision = decide(code, trigger)

    assert decision.mode is Mode.IN_PERSON
    assert decision.layers[1].is_mandatory
    assert decision.against_default("avl").role is Decider.JUDICIAL_OFFICER


@pytest.mark.parametrize("code", ["YC_LIST", "YC_BAIL"])
def test_youth_court_is_in_person_unless_a_judge_directs(code):
    assert decide(code).mode is Mode.IN_PERSON
    assert decide(code).against_default("avl").role is Decider.JUDICIAL_OFFICER
    directed = DirectionRow("avl", consent_given=None)
    assert decide(code, directions=[directed]).mode is Mode.AVL


def test_first_appearance_without_a_lawyer_is_in_person_whatever_the_type():
    assert decide("BAIL", "first_no_lawyer").mode is Mode.IN_PERSON


@pytest.mark.parametrize(
    ("code", "role", "consent"),
    [
        ("JAT", Decider.JUDICIAL_OFFICER, Consent.YES),
        ("JURY", Decider.JUDICIAL_OFFICER, Consent.YES),
        ("DISPUTED", Decider.JUDICIAL_OFFICER, Consent.CONSIDERED),
        ("WITNESS_CUST", Decider.JUDICIAL_OFFICER, Consent.CONSIDERED),
        ("SENTENCE", Decider.JUDICIAL_OFFICER, Consent.NO),
        ("FAM_HEAR", Decider.JUDICIAL_OFFICER, Consent.NO),
        ("FAM_CONF", Decider.REGISTRAR, Consent.NO),
        ("CIV", Decider.REGISTRAR, Consent.NO),
        ("SENT_IND", Decider.REGISTRAR, Consent.NO),
    ],
)
def test_avl_against_an_in_person_default_takes_the_officer_and_consent_the_act_names(
    code, role, consent
):
    other = decide(code).against_default(Mode.AVL)

    assert (other.role, other.reason, other.consent) == (role, True, consent)


@pytest.mark.parametrize("code", sorted(ACT_CLASS))
def test_every_hearing_type_has_an_answer_with_a_reason(code):
    decision = decide(code)

    assert "no rule says otherwise" not in decision.why
    assert [answer.layer for answer in decision.layers] == list(Layer)


@pytest.mark.parametrize("code", ["LEGAL", "NZPB", "WHANAU", "PAC"])
def test_meetings_outside_the_act_are_by_avl_and_nobody_has_to_decide(code):
    decision = decide(code)

    assert decision.mode is Mode.AVL
    assert decision.against_default("in_person").role is Decider.NONE


def test_custody_presumption_began_on_1_march_2017():
    before = decide("BAIL", on=date(2017, 2, 28))
    after = decide("BAIL", on=date(2017, 3, 1))

    assert (before.mode, after.mode) == (Mode.IN_PERSON, Mode.AVL)
    assert after.why.startswith("AVL, by statute: ")


def test_protocol_speaks_from_1_december_2025():
    before = decide("SENT_IND", on=date(2025, 11, 30))
    after = decide("SENT_IND", on=date(2025, 12, 1))

    assert (before.mode, after.mode) == (Mode.AVL, Mode.IN_PERSON)


def test_protocol_leaves_police_arrests_to_the_act():
    decision = decide("FIRST_POLICE")

    assert decision.mode is Mode.AVL
    assert decision.layers[1].mode is None


def test_person_not_in_custody_appears_in_person_unless_allowed():
    assert decide("BAIL", in_custody=False).mode is Mode.IN_PERSON
    assert decide("SENTENCE", in_custody=False).mode is Mode.IN_PERSON


def test_direction_outweighs_statute_and_protocol_and_says_who_made_it():
    decision = decide("SENTENCE", directions=[DirectionRow("avl")])

    assert decision.mode is Mode.AVL
    assert decision.why == (
        "AVL, by direction: Judge Aroha Smith directed this on Fri 20 Nov 2026:"
        " needs to consult counsel in the room."
    )
    undo = decision.against_default("in_person")
    assert (undo.role, undo.reason) == (Decider.JUDICIAL_OFFICER, True)


def test_later_direction_supersedes_and_the_earlier_one_is_kept():
    first = DirectionRow("in_person", directed_on=date(2026, 11, 1))
    second = DirectionRow("avl", directed_on=date(2026, 11, 10))
    third = replace(second, mode="in_person", recorded_at=datetime(2026, 11, 20, 2, tzinfo=UTC))
    kept = [third, first, second]

    assert decide("BAIL", directions=kept, on=date(2026, 11, 5)).mode is Mode.IN_PERSON
    assert decide("BAIL", directions=[first, second]).mode is Mode.AVL
    assert decide("BAIL", directions=kept).mode is Mode.IN_PERSON


def test_direction_by_a_registrar_for_evidence_is_set_aside():
    decision = decide("DISPUTED", directions=[DirectionRow("avl", role="registrar")])

    assert decision.mode is Mode.IN_PERSON
    assert decision.why.endswith("only a judicial officer may decide this.")


def test_direction_for_a_trial_by_avl_needs_the_defendants_consent():
    without = decide("JAT", directions=[DirectionRow("avl", consent_given=False)])
    having = decide("JAT", directions=[DirectionRow("avl", consent_given=True)])

    assert (without.mode, having.mode) == (Mode.IN_PERSON, Mode.AVL)
    assert without.why.endswith("but not the defendant's consent to it.")


def test_protocol_cannot_waive_presence_that_the_act_asks_for():
    act = RuleRow("statute", "in_person", act_class="criminal_substantive", consent="considered")
    protocol = RuleRow("protocol", "avl", hearing_type_code="PRETRIAL_EV")
    facts = ModeFacts("PRETRIAL_EV", "criminal_substantive")

    assert decide_mode(facts, [act, protocol], [], TODAY).mode is Mode.IN_PERSON


def test_local_variation_outweighs_the_national_default():
    national = RuleRow("protocol", "in_person", hearing_type_code="PLEA")
    local = RuleRow("protocol", "avl", hearing_type_code="PLEA", court_id=7)
    here = ModeFacts("PLEA", "criminal_procedural", court_id=7)

    assert decide_mode(here, [national, local], [], TODAY).mode is Mode.AVL
    elsewhere = replace(here, court_id=8)
    assert decide_mode(elsewhere, [national, local], [], TODAY).mode is Mode.IN_PERSON


def test_district_court_protocol_does_not_reach_the_high_court():
    in_district = decide("SENT_IND", court="DC")
    in_high = decide("SENT_IND", court="HC")

    assert in_district.why.startswith("In person, by the court's protocol: ")
    assert in_high.why.startswith("AVL, by statute: ")
    assert decide("BAIL", "interpreter", court="HC").mode is Mode.AVL


def test_rule_for_a_kind_of_court_outweighs_one_for_every_court():
    everywhere = RuleRow("protocol", "avl", hearing_type_code="PLEA")
    high = RuleRow("protocol", "in_person", hearing_type_code="PLEA", court_subkind="HC")
    facts = ModeFacts("PLEA", "criminal_procedural", court_subkind="HC")

    assert decide_mode(facts, [everywhere, high], [], TODAY).mode is Mode.IN_PERSON
    elsewhere = replace(facts, court_subkind="DC")
    assert decide_mode(elsewhere, [everywhere, high], [], TODAY).mode is Mode.AVL


def test_decision_without_what_the_rules_ask_is_refused_field_by_field():
    trial = decide("JAT").against_default("avl")

    with pytest.raises(InvalidInput) as nobody:
        trial.require(role=None, reason="", consent_given=None)
    with pytest.raises(NotAllowed):
        trial.require(role="registrar", reason="x", consent_given=True)
    with pytest.raises(InvalidInput) as no_reason:
        trial.require(role="judicial_officer", reason=" ", consent_given=True)
    with pytest.raises(InvalidInput) as no_consent:
        trial.require(role="judicial_officer", reason="illness", consent_given=False)
    trial.require(role="judicial_officer", reason="illness", consent_given=True)

    fields = [refusal.value.field for refusal in (nobody, no_reason, no_consent)]
    assert fields == ["role", "reason", "consent"]


def test_consent_that_must_be_considered_may_be_refused_but_not_skipped():
    evidence = decide("DISPUTED").against_default("avl")

    with pytest.raises(InvalidInput, match="consider"):
        evidence.require(role="judicial_officer", reason="illness", consent_given=None)
    evidence.require(role="judicial_officer", reason="illness", consent_given=False)


def test_keeping_the_default_takes_nothing():
    decide("BAIL").against_default("avl").require(role=None, reason="", consent_given=None)
