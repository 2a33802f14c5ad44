"""Plans, the waitlist, disruptions, keep-apart, and what sites say about movements."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added in place: on SQLite a batch would copy the table, which breaks the foreign
    # keys that point at it and silently drops its triggers.
    op.create_table(
        "keep_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("gap_minutes", sa.Integer(), nullable=False),
        sa.Column("other_site_too", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("keep_apart_lower_first")),
        sa.CheckConstraint("gap_minutes BETWEEN 0 AND 600", name=op.f("keep_apart_gap_sensible")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["person.id"], name=op.f("fk_keep_apart_first_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_keep_apart_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["person.id"], name=op.f("fk_keep_apart_second_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keep_apart")),
    )
    with op.batch_alter_table("keep_apart", schema=None) as batch_op:
        batch_op.create_index("ix_keep_apart_second", ["second_id"], unique=False)
        batch_op.create_index("uq_keep_apart_pair", ["first_id", "second_id"], unique=True)

    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "make_room", "day", "disruption", name="plankind", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "wanted",
                "computing",
                "proposed",
                "impossible",
                "applied",
                "stale",
                "discarded",
                name="planstatus",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("court_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("cost", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('make_room', 'day', 'disruption')", name=op.f("plan_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('wanted', 'computing', 'proposed', 'impossible', 'applied', 'stale',"
            " 'discarded')",
            name=op.f("plan_status_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["site.id"], name=op.f("fk_plan_court_id_site")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_plan_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("ix_plan_court_made", ["court_id", "made_at"], unique=False)
        batch_op.create_index("ix_plan_status", ["status"], unique=False)

    op.create_table(
        "disruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "outage",
                "closure",
                "hours",
                "transfer",
                "release",
                "death",
                "keep_apart",
                "rule",
                "mode",
                "length",
                name="cause",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("sentence", sa.String(length=600), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.JSON(), nullable=False),
        sa.Column("way_version", sa.Integer(), nullable=True),
        sa.Column("way_found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "resolution",
            sa.Enum(
                "moved",
                "cancelled",
                "in_person",
                "valid_again",
                "kept",
                "ended",
                name="resolution",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('outage', 'closure', 'hours', 'transfer', 'release', 'death',"
            " 'keep_apart', 'rule', 'mode', 'length')",
            name=op.f("disruption_cause_known"),
        ),
        sa.CheckConstraint(
            "resolution IS NULL OR resolution IN ('moved', 'cancelled', 'in_person',"
            " 'valid_again', 'kept', 'ended')",
            name=op.f("disruption_resolution_known"),
        ),
        sa.CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL)",
            name=op.f("disruption_resolved_together"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_disruption_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["site.id"], name=op.f("fk_disruption_court_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"],
            ["user_account.id"],
            name=op.f("fk_disruption_opened_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"],
            ["user_account.id"],
            name=op.f("fk_disruption_resolved_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_disruption_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruption")),
    )
    with op.batch_alter_table("disruption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disruption_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index("ix_disruption_court", ["court_id", "resolved_at"], unique=False)
        batch_op.create_index("ix_disruption_site", ["site_id", "resolved_at"], unique=False)
        batch_op.create_index(
            "uq_disruption_open",
            ["booking_id"],
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("court_id", sa.Integer(), nullable=False),
        sa.Column("hearing_type_code", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "booked",
                "lapsed",
                "withdrawn",
                name="waitstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=600), nullable=False),
        sa.Column("offers_made", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("moving_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'booked', 'lapsed', 'withdrawn')",
            name=op.f("waitlist_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('offered', 'booked')) = (booking_id IS NOT NULL)",
            name=op.f("waitlist_booking_when_offered"),
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended_at IS NULL)",
            name=op.f("waitlist_open_or_ended"),
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 100", name=op.f("waitlist_priority_sensible")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_waitlist_entry_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["moving_id"], ["booking.id"], name=op.f("fk_waitlist_entry_moving_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["court_id"], ["site.id"], name=op.f("fk_waitlist_entry_court_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["hearing_type_code"],
            ["hearing_type.code"],
            name=op.f("fk_waitlist_entry_hearing_type_code_hearing_type"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["user_account.id"],
            name=op.f("fk_waitlist_entry_made_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_waitlist_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
    )
    with op.batch_alter_table("waitlist_entry", schema=None) as batch_op:
        batch_op.create_index("ix_waitlist_court", ["court_id", "state"], unique=False)
        batch_op.create_index(
            "ix_waitlist_state_priority", ["state", "priority", "asked_at"], unique=False
        )
        batch_op.create_index("ix_waitlist_moving", ["moving_id"], unique=False)
        batch_op.create_index("uq_waitlist_booking", ["booking_id"], unique=True)
        batch_op.create_index(
            "uq_waitlist_open_wish",
            ["mark"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "room_freed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_room_freed_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_freed")),
    )

    op.add_column("person", sa.Column("died_on", sa.Date(), nullable=True))
    op.add_column(
        "booking", sa.Column("is_fixed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )

    op.add_column(
        "site", sa.Column("freeze_minutes", sa.Integer(), server_default="120", nullable=False)
    )
    op.add_column("site", sa.Column("escort_capacity", sa.Integer(), nullable=True))
    op.add_column(
        "site", sa.Column("separates_youth", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "site",
        sa.Column("separates_remand", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("site", "separates_remand")
    op.drop_column("site", "separates_youth")
    op.drop_column("site", "escort_capacity")
    op.drop_column("site", "freeze_minutes")

    op.drop_column("booking", "is_fixed")
    op.drop_column("person", "died_on")

    op.drop_table("room_freed")

    with op.batch_alter_table("waitlist_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waitlist_open_wish",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_waitlist_moving")
        batch_op.drop_index("uq_waitlist_booking")
        batch_op.drop_index("ix_waitlist_state_priority")
        batch_op.drop_index("ix_waitlist_court")

    op.drop_table("waitlist_entry")
    with op.batch_alter_table("disruption", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_disruption_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index("ix_disruption_site")
        batch_op.drop_index("ix_disruption_court")
        batch_op.drop_index(batch_op.f("ix_disruption_booking_id"))

    op.drop_table("disruption")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_status")
        batch_op.drop_index("ix_plan_court_made")

    op.drop_table("plan")
    with op.batch_alter_table("keep_apart", schema=None) as batch_op:
        batch_op.drop_index("uq_keep_apart_pair")
        batch_op.drop_index("ix_keep_apart_second")

    op.drop_table("keep_apart")
