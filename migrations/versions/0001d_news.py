"""Text messages and calendar feeds; the pulse of the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0001d"
down_revision = "0001c"
branch_labels = None
depends_on = None

TABLES = (
    "sms",
    "sms_attempt",
    "inbound",
    "opt_out",
    "sending",
    "feed_token",
    "feed_event",
    "heartbeat",
)
"""In the order in which they are made: each refers only to those before it."""


def upgrade() -> None:
    op.create_table(
        "sms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("booking_version", sa.Integer(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("counsel_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("to_e164", sa.String(length=16), nullable=False),
        sa.Column("body", sa.String(length=1600), nullable=False),
        sa.Column("ref", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("clear_lists", sa.Integer(), nullable=False),
        sa.Column("last_clear_list_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=True),
        sa.Column("sid", sa.String(length=40), nullable=True),
        sa.Column("result_code", sa.String(length=40), nullable=False),
        sa.Column("needs_staff", sa.Boolean(), nullable=False),
        sa.Column("resend_of_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'doubt', 'accepted', 'sent', 'delivered', 'undelivered', 'failed', 'suppressed', 'dropped', 'missed', 'unconfirmed')",
            name=op.f("sms_state_known"),
        ),
        sa.CheckConstraint("expires_at > due_at", name=op.f("sms_expires_after_due")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_sms_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["counsel_id"], ["counsel.id"], name=op.f("fk_sms_counsel_id_counsel")
        ),
        sa.ForeignKeyConstraint(["resend_of_id"], ["sms.id"], name=op.f("fk_sms_resend_of_id_sms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms")),
        sa.UniqueConstraint(
            "booking_id", "counsel_id", "kind", "time_version", "resend_of_id", name="uq_sms_news"
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_sms_ref")),
        sa.UniqueConstraint("sid", name=op.f("uq_sms_sid")),
        sa.UniqueConstraint("token", name=op.f("uq_sms_token")),
    )
    op.create_index(op.f("ix_sms_booking_id"), "sms", ["booking_id"])
    op.create_index(op.f("ix_sms_counsel_id"), "sms", ["counsel_id"])
    op.create_index(
        "ix_sms_due",
        "sms",
        ["due_at"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_sms_to_e164"), "sms", ["to_e164"])
    op.create_index(
        "ix_sms_unsettled",
        "sms",
        ["state", "check_at"],
        sqlite_where=sa.text("state IN ('sending', 'doubt', 'accepted', 'sent')"),
        postgresql_where=sa.text("state IN ('sending', 'doubt', 'accepted', 'sent')"),
    )
    op.create_index(
        "uq_sms_news_once",
        "sms",
        ["booking_id", "counsel_id", "kind", "time_version"],
        unique=True,
        sqlite_where=sa.text("resend_of_id IS NULL"),
        postgresql_where=sa.text("resend_of_id IS NULL"),
    )
    op.create_table(
        "sms_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sms_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("sid", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["sms_id"], ["sms.id"], name=op.f("fk_sms_attempt_sms_id_sms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_attempt")),
        sa.UniqueConstraint("sid", name=op.f("uq_sms_attempt_sid")),
        sa.UniqueConstraint("token", name=op.f("uq_sms_attempt_token")),
    )
    op.create_index(op.f("ix_sms_attempt_sms_id"), "sms_attempt", ["sms_id"])
    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=40), nullable=False),
        sa.Column("from_e164", sa.String(length=16), nullable=False),
        sa.Column("body", sa.String(length=1600), nullable=False),
        sa.Column("opt_out_type", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_sid")),
    )
    op.create_index(op.f("ix_inbound_from_e164"), "inbound", ["from_e164"])
    op.create_table(
        "opt_out",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_opt_out")),
    )
    sending = op.create_table(
        "sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("restored_up_to", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("sending_is_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    # Texts leave only while this row says so, so an installation starts with it.
    op.bulk_insert(sending, [{"id": 1, "paused_at": None, "why": "", "restored_up_to": 0}])
    op.create_table(
        "feed_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scope_kind", sa.String(length=8), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_agent", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "level IN ('busy', 'limited', 'full')", name=op.f("feed_token_level_known")
        ),
        sa.CheckConstraint(
            "scope_kind IN ('site', 'suite', 'court', 'counsel')",
            name=op.f("feed_token_scope_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_feed_token_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_token_token_hash")),
    )
    op.create_index(op.f("ix_feed_token_user_id"), "feed_token", ["user_id"])
    op.create_table(
        "feed_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope_kind", sa.String(length=8), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_feed_event_booking_id_booking")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_event")),
        sa.UniqueConstraint(
            "scope_kind", "scope_id", "booking_id", name="uq_feed_event_scope_booking"
        ),
    )
    op.create_index("ix_feed_event_booking", "feed_event", ["booking_id"])
    op.create_index(
        "ix_feed_event_scope_starts",
        "feed_event",
        ["scope_kind", "scope_id", "starts_at", "ends_at", "is_gone", "sequence", "updated_at"],
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
