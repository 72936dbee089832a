"""Which of two priorities weighs more, in the words that desks and senders use for them."""

from collections.abc import Mapping
from types import MappingProxyType

_RANKS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("critical", "urgent", "disaster", "page", "p1", "1", "sev1"), 4),
        **dict.fromkeys(("high", "error", "major", "p2", "2", "sev2"), 3),
        **dict.fromkeys(("medium", "warning", "average", "minor", "p3", "3", "sev3"), 2),
        **dict.fromkeys(("low", "info", "information", "p4", "4", "sev4"), 1),
        **dict.fromkeys(("none", "planning", "p5", "5", "sev5"), 0),
    }
)
_UNKNOWN_RANK = 2


def rank_of(priority: str) -> int:
    """Rank a priority; words nobody knows rank in the middle."""
    return _RANKS.get(priority.strip().lower(), _UNKNOWN_RANK)
