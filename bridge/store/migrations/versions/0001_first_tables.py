"""The first tables.

Types are spelled out as they were then: this module never changes, whatever becomes of the schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.BigInteger()  # microseconds since 1970
_JSON = sa.Text()


def upgrade() -> None:
    """Create everything."""
    op.create_table("inbox", *_inbox())
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_index("uq_inbox_digest", "inbox", ["digest"], unique=True)
    op.create_table("alert", *_alert())
    op.create_index("ix_alert_incident_id", "alert", ["incident_id"])
    op.create_table("incident", *_incident())
    op.create_index("ix_incident_key", "incident", ["key", "backend", "episode"])
    _create_partial_index("uq_incident_live", "key", "ended_at IS NULL", unique=True)
    _create_partial_index("ix_incident_due", "due_at", "due_at IS NOT NULL")
    _create_partial_index("ix_incident_leased", "lease_until", "lease_until IS NOT NULL")
    op.create_table("timeline", *_timeline(), sqlite_autoincrement=True)
    op.create_index("ix_timeline_incident_id", "timeline", ["incident_id", "id"])
    op.create_table("worker", *_worker())


def _create_partial_index(name: str, column: str, where: str, *, unique: bool = False) -> None:
    op.create_index(
        name,
        "incident",
        ["backend", column],
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _inbox() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("source", _NAME, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("outcome", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", _NAME),
        sa.Column("times_seen", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", _INSTANT, nullable=False),
    ]


def _alert() -> list[sa.Column[Any]]:
    return [
        sa.Column("source", _NAME, primary_key=True),
        sa.Column("fingerprint", _NAME, primary_key=True),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("digest", _NAME, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("resolved_at", _INSTANT),
        sa.Column("incident_id", _NAME),
        sa.Column("rule", _NAME),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("spec", _JSON),
        sa.Column("policy", _JSON),
        sa.Column("labels", _JSON, nullable=False),
    ]


def _incident() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("backend", _NAME, nullable=False),
        sa.Column("token", _NAME, nullable=False),
        sa.Column("source", _NAME, nullable=False),
        sa.Column("rule", _NAME),
        sa.Column("state", _NAME, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("fired_at", _INSTANT, nullable=False),
        sa.Column("late_until", _INSTANT),
        sa.Column("ticket_number", sa.Text()),
        sa.Column("told_generation", sa.Integer(), nullable=False),
        sa.Column("told_through", sa.BigInteger(), nullable=False),
        sa.Column("create_sent_at", _INSTANT),
        sa.Column("lookups", sa.Integer(), nullable=False),
        sa.Column("resolved_at", _INSTANT),
        sa.Column("unsure_since", _INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_reason", sa.Text()),
        sa.Column("due_at", _INSTANT),
        sa.Column("lease_owner", _NAME),
        sa.Column("lease_until", _INSTANT),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("previous_number", sa.Text()),
        sa.Column("previous_url", sa.Text()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("last_error", _JSON),
        sa.Column("ticket", _JSON),
        sa.Column("policy", _JSON, nullable=False),
        sa.Column("spec", _JSON, nullable=False),
        sa.Column("told_spec", _JSON),
        sa.Column("sent_spec", _JSON),
    ]


def _timeline() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("incident_id", _NAME, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("what", _NAME, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("detail", _JSON, nullable=False),
    ]


def _worker() -> list[sa.Column[Any]]:
    return [
        sa.Column("owner", _NAME, primary_key=True),
        sa.Column("beat_at", _INSTANT, nullable=False),
    ]
