"""Who looks after an alert, the stages of a ticket, and the files on it.

Works with the previous release still running: it leaves the new columns empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.BigInteger()  # microseconds since 1970
_TEXT = sa.Text()


def upgrade() -> None:
    """Add columns that may be empty."""
    op.add_column("alert", sa.Column("handling", _NAME))
    for column in (
        sa.Column("handling", _NAME),
        sa.Column("handled_at", _INSTANT),
        sa.Column("escalated_at", _INSTANT),
        sa.Column("stage", _NAME),
        sa.Column("moved_to", _TEXT),
        sa.Column("moving_since", _INSTANT),
        sa.Column("attached", _TEXT),
    ):
        op.add_column("incident", column)
