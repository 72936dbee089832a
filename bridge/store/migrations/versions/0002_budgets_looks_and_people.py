"""Budgets, looks at tickets, and what people do to incidents.

Works with the previous release still running: it leaves the new columns empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.BigInteger()  # microseconds since 1970
_JSON = sa.Text()


def upgrade() -> None:
    """Add columns that may be empty, and indexes over those that are not."""
    for column in (
        sa.Column("budget", _NAME),
        sa.Column("filed_at", _INSTANT),
        sa.Column("looked_at", _INSTANT),
        sa.Column("doubt_since", _INSTANT),
        sa.Column("rechecks", sa.Integer()),
        sa.Column("overflow_id", _NAME),
        sa.Column("look_at", _INSTANT),
        sa.Column("parked_at", _INSTANT),
        sa.Column("ticket_state", _NAME),
        sa.Column("edits", _JSON),
        sa.Column("strays", _JSON),
    ):
        op.add_column("incident", column)
    _create_partial_index("ix_incident_look", ["backend", "look_at"], "look_at IS NOT NULL")
    _create_partial_index("ix_incident_budget", ["budget", "filed_at"], "budget IS NOT NULL")
    _create_partial_index("ix_incident_overflow", ["overflow_id"], "overflow_id IS NOT NULL")
    op.create_index("ix_inbox_outcome", "inbox", ["outcome", "id"])


def _create_partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "incident",
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
