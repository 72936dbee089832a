"""Where the life of a fault that still fires has come to, as far as a desk's statuses show it."""

from enum import StrEnum


class Stage(StrEnum):
    """What a desk may have a status of its own for, beside those of a ticket's end."""

    OPEN = "open"  #: it fires, and that is all
    ESCALATED = "escalated"  #: its priority has risen since
    ACKNOWLEDGED = "acknowledged"  #: somebody said at the sender that they have it
    MUTED = "muted"  #: silenced at the sender, or in a rule's maintenance window
