"""How long what is over is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Spans after which things are forgotten, and how large the inbox may be."""

    inbox: timedelta  #: bodies as received
    inbox_bytes: int  #: of all bodies together, compressed
    resolved: timedelta  #: incidents that are over, with their timelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was forgotten."""

    bodies: int
    incidents: int
