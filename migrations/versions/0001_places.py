"""Agencies, sites and rooms; hours, closures and outages; what is heard, and by which mode."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "agency",
    "site",
    "closure",
    "resource",
    "opening_window",
    "outage",
    "hearing_type",
    "permission",
    "mode_rule",
    "sitting",
)
"""In the order in which they are made: each refers only to those before it."""


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column("name_mi", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "court",
                "prison",
                "youth_residence",
                "police",
                "forensic",
                "mobile",
                "marae",
                "chambers",
                "probation",
                name="sitekind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("subkind", sa.String(length=24), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("town", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=False),
        sa.Column("holiday_subdiv", sa.String(length=24), nullable=False),
        sa.Column("observes_holidays", sa.Boolean(), nullable=False),
        sa.Column("observes_anniversary", sa.Boolean(), nullable=False),
        sa.Column(
            "approval",
            sa.Enum("self_service", "approval", name="approval", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("approval_hours", sa.Integer(), nullable=False),
        sa.Column("turnaround_minutes", sa.Integer(), nullable=False),
        sa.Column("pickup_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("interpreter_days", sa.Integer(), server_default="10", nullable=False),
        sa.Column("reo_days", sa.Integer(), server_default="10", nullable=False),
        sa.Column("interpreter_confirm_days", sa.Integer(), server_default="3", nullable=False),
        sa.Column("assumed", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "approval IN ('self_service', 'approval')", name=op.f("site_approval_known")
        ),
        sa.CheckConstraint(
            "kind IN ('court', 'prison', 'youth_residence', 'police', 'forensic', 'mobile', 'marae', 'chambers', 'probation')",
            name=op.f("site_kind_known"),
        ),
        sa.CheckConstraint(
            "approval_hours BETWEEN 1 AND 720", name=op.f("site_approval_hours_sensible")
        ),
        sa.CheckConstraint(
            "interpreter_days BETWEEN 0 AND 30 AND reo_days BETWEEN 0 AND 30"
            " AND interpreter_confirm_days BETWEEN 0 AND 30",
            name=op.f("site_interpreter_days_sensible"),
        ),
        sa.CheckConstraint(
            "turnaround_minutes BETWEEN 0 AND 120", name=op.f("site_turnaround_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_site_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    op.create_index(op.f("ix_site_area"), "site", ["area"])
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("closed", "opens", name="closurekind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=True),
        sa.Column("to_time", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("allowed_hearing_types", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'opens')", name=op.f("closure_kind_known")),
        sa.CheckConstraint(
            "(from_time IS NULL AND to_time IS NULL) OR to_time > from_time",
            name=op.f("closure_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_closure_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index("ix_closure_site_on", "closure", ["site_id", "on_date"])
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "courtroom",
                "suite",
                "instruction_suite",
                "person",
                "counsel",
                "judicial_officer",
                "interpreter",
                "bridge_port",
                name="resourcekind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("assumed", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('courtroom', 'suite', 'instruction_suite', 'person', 'counsel', 'judicial_officer', 'interpreter', 'bridge_port')",
            name=op.f("resource_kind_known"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_resource_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("site_id", "code", name="uq_resource_site_code"),
    )
    op.create_index(op.f("ix_resource_site_id"), "resource", ["site_id"])
    op.create_table(
        "opening_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("open", "break", name="windowkind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.Time(), nullable=False),
        sa.Column("closes_at", sa.Time(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("assumed", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'break')", name=op.f("window_kind_known")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("window_ends_after_start")),
        sa.CheckConstraint(
            "from_on IS NULL OR to_on IS NULL OR to_on > from_on",
            name=op.f("window_to_after_from"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("window_weekday_known")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_opening_window_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_opening_window_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_window")),
    )
    op.create_index(op.f("ix_opening_window_site_id"), "opening_window", ["site_id"])
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("outage_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_outage_resource_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index("ix_outage_resource_starts", "outage", ["resource_id", "starts_at"])
    op.create_table(
        "hearing_type",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("jurisdiction", sa.String(length=24), nullable=False),
        sa.Column("act_class", sa.String(length=32), nullable=False),
        sa.Column("act_section", sa.String(length=24), nullable=False),
        sa.Column("consent", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("typical_minutes", sa.Integer(), nullable=False),
        sa.Column("pre_minutes", sa.Integer(), nullable=False),
        sa.Column("post_minutes", sa.Integer(), nullable=False),
        sa.Column(
            "access",
            sa.Enum("open", "closed", "private", name="access", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("is_bookable", sa.Boolean(), nullable=False),
        sa.Column("interpreter_days", sa.Integer(), nullable=True),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("assumed", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.String(length=600), nullable=False),
        sa.CheckConstraint(
            "access IN ('open', 'closed', 'private')", name=op.f("hearing_type_access_known")
        ),
        sa.CheckConstraint(
            "typical_minutes BETWEEN 0 AND 600 AND pre_minutes BETWEEN 0 AND 120 AND post_minutes BETWEEN 0 AND 120",
            name=op.f("hearing_type_minutes_sensible"),
        ),
        sa.CheckConstraint(
            "interpreter_days BETWEEN 0 AND 30",
            name=op.f("hearing_type_interpreter_days_sensible"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_hearing_type")),
    )
    op.create_table(
        "permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=True),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("hearing_type_code", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_permission_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["site.id"], name=op.f("fk_permission_court_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["hearing_type_code"],
            ["hearing_type.code"],
            name=op.f("fk_permission_hearing_type_code_hearing_type"),
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_permission_resource_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission")),
    )
    op.create_index(op.f("ix_permission_resource_id"), "permission", ["resource_id"])
    op.create_table(
        "mode_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "layer",
            sa.Enum("statute", "protocol", name="modelayer", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("hearing_type_code", sa.String(length=24), nullable=True),
        sa.Column("act_class", sa.String(length=32), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=True),
        sa.Column("court_subkind", sa.String(length=24), nullable=False),
        sa.Column("in_custody", sa.Boolean(), nullable=True),
        sa.Column("trigger", sa.String(length=24), nullable=False),
        sa.Column("mode", sa.String(length=24), nullable=False),
        sa.Column("override_role", sa.String(length=60), nullable=False),
        sa.Column("consent", sa.String(length=16), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("assumed", sa.String(length=400), nullable=False),
        sa.CheckConstraint("layer IN ('statute', 'protocol')", name=op.f("mode_rule_layer_known")),
        sa.CheckConstraint(
            "mode IN ('avl', 'in_person', 'mandatory_in_person')", name=op.f("mode_rule_mode_known")
        ),
        sa.CheckConstraint(
            "to_on IS NULL OR to_on > from_on", name=op.f("mode_rule_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["site.id"], name=op.f("fk_mode_rule_court_id_site")),
        sa.ForeignKeyConstraint(
            ["hearing_type_code"],
            ["hearing_type.code"],
            name=op.f("fk_mode_rule_hearing_type_code_hearing_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mode_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_mode_rule_code")),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=False),
        sa.Column("courtroom_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_name", sa.String(length=80), nullable=False),
        sa.Column("is_idle", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("sitting_ends_after_start")),
        sa.ForeignKeyConstraint(["court_id"], ["site.id"], name=op.f("fk_sitting_court_id_site")),
        sa.ForeignKeyConstraint(
            ["courtroom_id"], ["resource.id"], name=op.f("fk_sitting_courtroom_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["resource.id"], name=op.f("fk_sitting_officer_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
    )
    op.create_index("ix_sitting_courtroom_starts", "sitting", ["courtroom_id", "starts_at"])
    op.create_index("ix_sitting_court_starts", "sitting", ["court_id", "starts_at"])
    op.create_index("ix_sitting_officer_starts", "sitting", ["officer_id", "starts_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
