"""Which stage an incident is in: derived from what its alerts and its rules say."""

from collections.abc import Collection
from datetime import datetime

from bridge.domain.alert import Handling
from bridge.domain.incident import Desired
from bridge.domain.stage import Stage
from bridge.domain.window import muted_until, next_mute


def stage_of(desired: Desired, stages: Collection[Stage], now: datetime) -> Stage:
    """Give the stage, of those that a desk has a status for, that comes before all others now."""
    is_muted = desired.handling is Handling.MUTED or bool(muted_until(desired.policy.mute, now))
    if is_muted and Stage.MUTED in stages:
        return Stage.MUTED
    if desired.handling is Handling.ACKNOWLEDGED and Stage.ACKNOWLEDGED in stages:
        return Stage.ESCALATED if _rose_since(desired, stages) else Stage.ACKNOWLEDGED
    is_escalated = desired.escalated_at is not None and Stage.ESCALATED in stages
    return Stage.ESCALATED if is_escalated else Stage.OPEN


def stage_changes_at(desired: Desired, stages: Collection[Stage], now: datetime) -> datetime | None:
    """Say when the clock alone may change the stage."""
    if Stage.MUTED not in stages or not desired.policy.mute:
        return None
    return muted_until(desired.policy.mute, now) or next_mute(desired.policy.mute, now)


def _rose_since(desired: Desired, stages: Collection[Stage]) -> bool:
    if Stage.ESCALATED not in stages or desired.escalated_at is None:
        return False
    return desired.handled_at is None or desired.escalated_at > desired.handled_at
