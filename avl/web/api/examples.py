"""What is sent, by example: one body for each that the API takes, as its description shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DIRECTION = {
    "role": "judicial_officer",
    "officer_name": "Judge Tui",
    "reason": "The hearing is short and procedural",
    "directed_on": "2027-02-01",
    "consent_given": True,
}
_ROOM_WANTED = {
    "court": "HVDC",
    "hearing_type": "CRB",
    "wanted_start": "2027-02-03T10:15:00+13:00",
    "appearances": [{"prn": "90012345", "counsel_id": 7}],
}
_SITTING = {
    "starts_at": "2027-02-03T10:00:00+13:00",
    "ends_at": "2027-02-03T13:00:00+13:00",
    "list_name": "Bail list",
    "officer": "Judge Tui",
}
_REASON = {"reason": "Defence counsel asked for it"}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "AcceptAllIn": {"ways": [{"id": 11, "mark": "4f0c9a17d2be"}]},
    "AcceptIn": {"mark": "4f0c9a17d2be"},
    "AmendIn": {"staff_notes": "Counsel appears by telephone"},
    "BookIn": {"reason": "An earlier time was wanted"},
    "BookingIn": {
        "courtroom_id": 3,
        "hearing_type": "CRB",
        "starts_at": "2027-02-03T10:15:00+13:00",
        "minutes": 30,
        "pre_minutes": 15,
        "appearances": [
            {"prn": "90012345", "suite_id": 21, "counsel_id": 7, "matter": "CRI-2026-096-001234"}
        ],
    },
    "ClosureIn": {
        "site": "RIM",
        "on": "2027-02-03",
        "from_time": "12:00",
        "to_time": "17:00",
        "reason": "Staff training",
    },
    "CounselChangeIn": {"mobile": "021 123 4567"},
    "CounselIn": {"name": "Ana Tito", "firm": "Tito Law", "mobile": "021 123 4567"},
    "DayPlanIn": {"court": "HVDC", "on": "2027-02-03", "movable": "unconfirmed"},
    "DirectAheadIn": {
        "court": "HVDC",
        "hearing_type": "CRB",
        "on": "2027-02-03",
        "mode": "in_person",
        "direction": _DIRECTION,
        "appearances": [{"prn": "90012345"}],
    },
    "DirectIn": {"mode": "in_person", "direction": _DIRECTION},
    "EndIn": {"reason": "They have made their peace"},
    "EndOfCustodyIn": {"at": "2027-02-03T08:00:00+13:00"},
    "EndRuleIn": {"to_on": "2027-07-01"},
    "HearingTypeChangeIn": {"typical_minutes": 20},
    "HearingTypeIn": {
        "code": "BAIL",
        "name": "Bail hearing",
        "jurisdiction": "criminal",
        "act_class": "criminal_procedural",
        "typical_minutes": 20,
    },
    "HoursIn": {
        "from_on": "2027-03-01",
        "hours": [
            {
                "kind": "open",
                "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"],
                "opens_at": "08:30",
                "closes_at": "16:30",
            },
            {
                "kind": "break",
                "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"],
                "opens_at": "11:30",
                "closes_at": "13:00",
                "label": "lock-up",
            },
        ],
        "source": "Memorandum of the regional director, 12 Jan 2027",
    },
    "InterpreterIn": {"state": "confirmed", "note": "By telephone"},
    "KeepApartIn": {
        "prn": "90012345",
        "other_prn": "90012346",
        "minutes": 30,
        "reason": "Co-defendants in dispute",
    },
    "MergeIn": {"other_prn": "90012346", "other_version": 1},
    "ModeRuleIn": {
        "layer": "protocol",
        "hearing_type": "CRB",
        "court": "HVDC",
        "in_custody": True,
        "mode": "in_person",
        "override_role": "judicial_officer",
        "from_on": "2027-03-01",
        "sentence": "first appearances are in person.",
        "source": "Protocol of the court, 1 Feb 2027",
    },
    "MoveIn": {"starts_at": "2027-02-03T11:00:00+13:00", "reason": "Trial runs on"},
    "NewSuiteIn": {"appearance_id": 31, "suite_id": 22, "reason": "No sound in Suite 1"},
    "OutageIn": {
        "resource_id": 21,
        "starts_at": "2027-02-03T08:00:00+13:00",
        "ends_at": "2027-02-04T08:00:00+13:00",
        "reason": "No picture",
    },
    "PartyIn": {"court": "HVDC", "counsel_id": 7},
    "PersonIn": {
        "prn": "90012345",
        "family_name": "Ngata",
        "given_names": "Wiremu",
        "site": "RIM",
        "since": "2027-02-01T15:00:00+13:00",
    },
    "PlanIn": {**_ROOM_WANTED, "near_minutes": 60},
    "ReasonIn": _REASON,
    "RecordIn": {"interpreter_language": "Samoan", "status": "sentenced"},
    "RemoveSittingIn": {"keeps_hours": True},
    "RoomChangeIn": {"is_active": False},
    "RoomIn": {"code": "S9", "kind": "suite", "name": "Suite 9", "sort_order": 9},
    "SearchIn": {**_ROOM_WANTED, "last": "2027-02-10", "limit": 6},
    "SiteRulesIn": {"notice_minutes": 120, "escort_capacity": 4},
    "SittingChangeIn": {"ends_at": "2027-02-03T15:00:00+13:00"},
    "SittingIn": {"courtroom_id": 3, **_SITTING},
    "SwapIn": {
        "with": "AVL-7K3F9C",
        "with_version": 2,
        "mark": "4f0c9a17d2be8c31",
        "reason": "Counsel is in both",
    },
    "SwapWithIn": {"with": "AVL-7K3F9C"},
    "TransferIn": {"site": "ARO", "at": "2027-02-03T08:00:00+13:00"},
    "WaitChangeIn": {"priority": 100, "reason": "The remand ends that week"},
    "WaitIn": {
        **_ROOM_WANTED,
        "first": "2027-02-03",
        "last": "2027-02-05",
        "earliest": "09:00",
        "latest": "12:00",
        "deadline_at": "2027-02-03T08:00:00+13:00",
    },
}
