"""The use case of a sender that went quiet: compare what is known with what it counts as active.

A webhook that was lost on the way is made up for: an alert that its sender has no more is cleared,
and one that it has and nobody told of is taken in, each by a body as the sender would have sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import structlog

from bridge.domain.alert import ActiveAlert, AlertStatus, Handling
from bridge.domain.incident import TimelineEntry
from bridge.domain.json import JsonObject
from bridge.domain.known import KnownAlert
from bridge.domain.ports import Clock, Source
from bridge.domain.receipt import Receipt
from bridge.telemetry import metrics

log = structlog.get_logger()

#: So many at most in one body: its transaction keeps webhooks waiting.
_AT_ONCE = 200
#: What a webhook should have told; of a silence none ever does.
_LOST = ("gone", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What does not agree between the bridge and a sender."""

    gone: Sequence[KnownAlert]  #: firing here, and not active there
    missing: Sequence[ActiveAlert]  #: active there, told to us, and not firing here
    muted: Sequence[KnownAlert] = ()  #: firing here, and silenced there since
    unmuted: Sequence[KnownAlert] = ()  #: muted here, and silenced there no longer


def compare(
    known: Iterable[KnownAlert],
    active: Mapping[str, ActiveAlert],
    *,
    receiver: str,
    before: datetime,
) -> Findings:
    """Find what disagrees and has had time, since `before`, to be told of in the usual way.

    `known` is every alert of the sender that is still remembered.
    """
    told = {
        alert.fingerprint: alert
        for alert in known
        if alert.status is AlertStatus.FIRING or alert.fingerprint in active
    }
    firing = [alert for alert in told.values() if alert.status is AlertStatus.FIRING]
    heard = [alert for alert in firing if alert.fingerprint in active]
    return Findings(
        muted=[a for a in heard if active[a.fingerprint].is_silenced and not _is_muted(a)],
        unmuted=[a for a in heard if not active[a.fingerprint].is_silenced and _is_muted(a)],
        gone=[
            alert
            for alert in firing
            if alert.incident_id is not None
            and alert.fingerprint not in active
            and alert.seen_at < before
        ],
        missing=[
            alert
            for alert in active.values()
            if receiver in alert.receivers
            and not alert.is_suppressed
            and alert.starts_at < before
            and not _was_told(alert, told.get(alert.fingerprint))
        ],
    )


def _is_muted(known: KnownAlert) -> bool:
    return known.handling is Handling.MUTED


def _was_told(active: ActiveAlert, known: KnownAlert | None) -> bool:
    """Say whether this firing was heard of, be it that somebody has ended it here since."""
    return known is not None and known.seen_at >= active.starts_at


@dataclass(kw_only=True)
class Sweep:
    """One source's pass, done again and again; acts on what two passes in a row have found.

    A sender that was just restarted has forgotten everything for a minute.
    """

    source: Source
    active: Callable[[], Mapping[str, ActiveAlert]]  #: raises SenderUnavailable
    known: Callable[[], Iterable[KnownAlert]]  #: every alert of the source
    receive: Callable[[Source, bytes, str], Receipt]
    note: Callable[[Sequence[TimelineEntry]], None]
    now: Clock
    grace: timedelta
    receiver: str = ""
    _suspects: frozenset[str] = field(default=frozenset())

    def run(self) -> Findings:
        """Compare, act on what was found before too, and give that."""
        before = self.now() - self.grace
        found = compare(self.known(), self.active(), receiver=self.receiver, before=before)
        confirmed = Findings(
            gone=[alert for alert in found.gone if alert.fingerprint in self._suspects],
            missing=[alert for alert in found.missing if alert.fingerprint in self._suspects],
            # Whoever forgot its alerts has none to say it of.
            muted=found.muted,
            unmuted=found.unmuted,
        )
        self._suspects = frozenset(alert.fingerprint for alert in found.gone) | {
            alert.fingerprint for alert in found.missing
        }
        self._act("gone", [_ended(alert, self.now()) for alert in confirmed.gone])
        self._act("missing", [alert.item for alert in confirmed.missing])
        self._act("muted", [_handled(alert, Handling.MUTED) for alert in confirmed.muted])
        self._act("unmuted", [_handled(alert, Handling.UNHANDLED) for alert in confirmed.unmuted])
        return confirmed

    def _act(self, finding: str, items: Sequence[JsonObject]) -> None:
        if not items:
            return
        if finding in _LOST:
            metrics.FINDINGS.labels(self.source.name, finding).inc(len(items))
            log.warning("sweep", source=self.source.name, finding=finding, alerts=len(items))
        else:
            log.info("sweep", source=self.source.name, finding=finding, alerts=len(items))
        for start in range(0, len(items), _AT_ONCE):
            receipt = self._receive(items[start : start + _AT_ONCE])
            self.note(list(self._entries(finding, receipt)))

    def _receive(self, items: Sequence[JsonObject]) -> Receipt:
        body = {"version": "4", "receiver": self.receiver, "groupLabels": {}, "alerts": items}
        return self.receive(self.source, orjson.dumps(body), "application/json")

    def _entries(self, finding: str, receipt: Receipt) -> Iterable[TimelineEntry]:
        because = {
            "gone": f"{self.source.name} no longer has an alert that it never said was resolved",
            "missing": f"{self.source.name} has an alert that it never told of",
            "muted": f"{self.source.name} has a silence for an alert",
            "unmuted": f"{self.source.name} has no silence for an alert any more",
        }[finding]
        for touched in receipt.incidents:
            if touched.id is not None:
                yield TimelineEntry(
                    incident_id=touched.id, at=self.now(), what="swept", because=because
                )


def _handled(alert: KnownAlert, handling: Handling) -> JsonObject:
    return {"status": handling.value, "fingerprint": alert.fingerprint}


def _ended(alert: KnownAlert, now: datetime) -> JsonObject:
    return {
        "status": "resolved",
        "labels": dict(alert.labels),
        "annotations": {},
        "startsAt": alert.starts_at.isoformat(),
        "endsAt": now.isoformat(),
        "fingerprint": alert.fingerprint,
    }
