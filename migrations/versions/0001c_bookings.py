"""Bookings and what they hold; the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001c"
down_revision = "0001b"
branch_labels = None
depends_on = None

TABLES = (
    "booking_form",
    "booking",
    "appearance",
    "leg",
    "hold",
    "audit_event",
    "audit_seal",
)
"""In the order in which they are made: each refers only to those before it."""


def upgrade() -> None:
    op.create_table(
        "booking_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_booking_form_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_form")),
        sa.UniqueConstraint("key", name=op.f("uq_booking_form_key")),
    )
    op.create_index(op.f("ix_booking_form_user_id"), "booking_form", ["user_id"])
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=10), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=False),
        sa.Column("hearing_type_code", sa.String(length=24), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "held",
                "requested",
                "confirmed",
                "connected",
                "completed",
                "stood_down",
                "declined",
                "lapsed",
                "cancelled",
                name="status",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("staff_notes", sa.String(length=600), nullable=False),
        sa.Column("prison_notes", sa.String(length=600), nullable=False),
        sa.Column("warning_reason", sa.String(length=300), nullable=False),
        sa.Column("mode_reason", sa.String(length=600), nullable=False),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.Column("interpreter_language", sa.Text(), nullable=False),
        sa.Column(
            "interpreter_state",
            sa.Enum(
                "not_needed",
                "wanted",
                "asked",
                "confirmed",
                name="interpreterstate",
                native_enum=False,
                length=24,
            ),
            server_default="not_needed",
            nullable=False,
        ),
        sa.Column("interpreter_note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("interpreter_due_on", sa.Date(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key", sa.String(length=64), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "interpreter_state IN ('not_needed', 'wanted', 'asked', 'confirmed')",
            name=op.f("booking_interpreter_state_known"),
        ),
        sa.CheckConstraint(
            "(interpreter_state = 'not_needed') = (interpreter_language = '')",
            name=op.f("booking_interpreter_state_fits"),
        ),
        sa.CheckConstraint(
            "status IN ('held', 'requested', 'confirmed', 'connected', 'completed', 'stood_down', 'declined', 'lapsed', 'cancelled')",
            name=op.f("booking_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('held', 'requested') OR expires_at IS NOT NULL",
            name=op.f("booking_waiting_expires"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("booking_ends_after_start")),
        sa.ForeignKeyConstraint(["court_id"], ["site.id"], name=op.f("fk_booking_court_id_site")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_booking_created_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["hearing_type_code"],
            ["hearing_type.code"],
            name=op.f("fk_booking_hearing_type_code_hearing_type"),
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["booking.id"], name=op.f("fk_booking_previous_id_booking")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("reference", name=op.f("uq_booking_reference")),
        sa.UniqueConstraint("uid", name=op.f("uq_booking_uid")),
    )
    op.create_index("ix_booking_court_starts", "booking", ["court_id", "starts_at"])
    op.create_index("ix_booking_form_key", "booking", ["form_key"])
    op.create_index("ix_booking_previous", "booking", ["previous_id"])
    op.create_index("ix_booking_expires", "booking", ["expires_at"])
    op.create_index("ix_booking_starts", "booking", ["starts_at"])
    op.create_table(
        "appearance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("courtroom_id", sa.Integer(), nullable=False),
        sa.Column("instruction_suite_id", sa.Integer(), nullable=True),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("counsel_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_appearance_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["counsel_id"], ["counsel.id"], name=op.f("fk_appearance_counsel_id_counsel")
        ),
        sa.ForeignKeyConstraint(
            ["courtroom_id"], ["resource.id"], name=op.f("fk_appearance_courtroom_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["instruction_suite_id"],
            ["resource.id"],
            name=op.f("fk_appearance_instruction_suite_id_resource"),
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_appearance_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_appearance_person_id_person")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_appearance_site_id_site")),
        sa.ForeignKeyConstraint(
            ["suite_id"], ["resource.id"], name=op.f("fk_appearance_suite_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appearance")),
        sa.UniqueConstraint("booking_id", "person_id", name="uq_appearance_booking_person"),
    )
    op.create_index("ix_appearance_counsel", "appearance", ["counsel_id"])
    op.create_index("ix_appearance_person", "appearance", ["person_id"])
    op.create_table(
        "leg",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pre_conference",
                "hearing",
                "post_conference",
                name="legkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('pre_conference', 'hearing', 'post_conference')", name=op.f("leg_kind_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("leg_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_leg_booking_id_booking")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg")),
        sa.UniqueConstraint("booking_id", "kind", name="uq_leg_booking_kind"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("leg_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("hold_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_hold_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(["leg_id"], ["leg.id"], name=op.f("fk_hold_leg_id_leg")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_hold_resource_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_booking", "hold", ["booking_id"])
    op.create_index("ix_hold_leg", "hold", ["leg_id"])
    op.create_index("ix_hold_resource_starts", "hold", ["resource_id", "starts_at"])
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_audit_event_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_audit_event_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_booking", "audit_event", ["booking_id", "id"])
    op.create_index(
        "ix_audit_event_subject",
        "audit_event",
        ["subject", "id"],
        sqlite_where=sa.text("booking_id IS NULL"),
        postgresql_where=sa.text("booking_id IS NULL"),
    )
    op.create_table(
        "audit_seal",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_audit_seal_event_id_audit_event")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_seal_position")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
