"""Which of the alerts of an incident speaks for it."""

from collections.abc import Iterable
from datetime import datetime

from bridge.domain.known import KnownAlert


def leader_of(firing: Iterable[KnownAlert]) -> KnownAlert | None:
    """Give the gravest of the members that fire; of these the one that fires longest."""
    return min(firing, key=_precedence, default=None)


def _precedence(member: KnownAlert) -> tuple[int, datetime, str]:
    return (-member.rank, member.starts_at, member.fingerprint)
