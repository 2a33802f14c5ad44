"""An area small enough to break one cell at a time."""

from pathlib import Path

import pytest

from avl.commands.areas import area_folders, import_area
from avl.domain.access import SYSTEM

TINY = {
    "agencies.csv": "code,name\nMOJ,Ministry of Justice\n",
    "hearing_types.csv": (
        "code,name,jurisdiction,act_class,consent,typical_minutes,pre_minutes,post_minutes,"
        "access,priority,is_bookable\n"
        "BAIL,Bail hearing,criminal,criminal_procedural,no,20,20,10,open,80,yes\n"
    ),
    "sites.csv": (
        "code,name,short_name,kind,zone,agency,holiday_subdiv,observes_holidays,"
        "observes_anniversary,approval,approval_hours,turnaround_minutes,pickup_minutes,"
        "notice_minutes,latitude,source,assumed\n"
        "CRT,Small Court,Small,court,Pacific/Auckland,MOJ,WGN,yes,yes,self_service,24,0,0,0,"
        "-41.2,S,\n"
        "PRN,Small Prison,Prison,prison,Pacific/Auckland,MOJ,WKO,yes,yes,approval,24,5,15,30,"
        ",S,all\n"
    ),
    "resources.csv": (
        "site,code,kind,name,sort_order\n"
        "CRT,CR1,courtroom,Courtroom 1,1\n"
        "PRN,S1,suite,Suite 1,1\n"
        "PRN,S2,suite,Suite 2,2\n"
    ),
    "opening_hours.csv": (
        "site,resources,kind,weekdays,opens_at,closes_at,label\n"
        "CRT,,open,Mon-Fri,09:00,17:00,\n"
        "PRN,,open,Mon-Sun,00:00,24:00,\n"
        "PRN,suite,break,Mon Wed,12:00,13:00,lunch and lock-up\n"
        "PRN,S2,open,Tue,09:00,15:00,\n"
    ),
    "closures.csv": (
        "site,kind,on_date,last_date,from_time,to_time,reason,allowed_hearing_types\n"
        "court,closed,2026-12-29,2026-12-31,,,summer closure,BAIL\n"
        "PRN,closed,2026-11-25,,10:30,12:30,strike,\n"
        "CRT,opens,2026-10-26,,,,arrest court,BAIL\n"
        "CRT,opens,2026-11-28,,09:00,12:00,Saturday court,\n"
    ),
    "mode_rules.csv": (
        "code,layer,hearing_type,court,court_subkind,mode,consent,from_on,to_on,sentence\n"
        "LOCAL-1,protocol,BAIL,CRT,,avl,no,2026-01-01,,bail is by AVL here.\n"
    ),
    "permissions.csv": "site,resource,court,agency,hearing_type\nPRN,S2,CRT,,BAIL\n",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A complete area of one court and one prison."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, content in TINY.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def country(session):
    """The whole country, imported in order."""
    for folder in area_folders():
        import_area(folder, by=SYSTEM)
    return session
