"""A store without a database, for rule tests and for tests of the use cases; same promises."""

import hashlib
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.alert import AlertStatus
from bridge.domain.episode import next_episode
from bridge.domain.incident import (
    DesiredState,
    Incident,
    MemberNews,
    News,
    Observed,
    TimelineEntry,
)
from bridge.domain.late import is_duplicate, merge_late
from bridge.domain.ports import Claim, InboxEntry, IntakeTransaction
from bridge.store.memory_intake import MemoryState, MemoryTransaction


@dataclass(slots=True)
class _Lease:
    owner: str
    until: datetime


@dataclass
class MemoryStore(MemoryState):
    """Implements IntakeStore and DeliveryStore over dictionaries."""

    _leases: dict[str, _Lease] = field(default_factory=dict)
    _fences: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def intake(self) -> AbstractContextManager[IntakeTransaction]:
        """Open one write transaction; nothing of it stays if it raises."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            transaction = MemoryTransaction(self)
            yield transaction
            transaction.commit()

    def keep_rejected(self, entry: InboxEntry) -> str:
        """Keep a body that could not be used, once."""
        with self._lock:
            digest = hashlib.sha256(entry.body).hexdigest()
            known = next(
                (
                    old.id
                    for old in self.inbox.values()
                    if (old.source, old.outcome) == (entry.source, entry.outcome)
                    and hashlib.sha256(old.body).hexdigest() == digest
                ),
                None,
            )
            if known is None:
                self.inbox[entry.id] = entry
            return known or entry.id

    def claim(
        self, backend: str, *, limit: int, owner: str, now: datetime, lease_until: datetime
    ) -> Sequence[Claim]:
        """Take what is due and free, longest due first."""
        with self._lock:
            free = [
                incident
                for incident in self.incidents.values()
                if incident.backend == backend
                and incident.due_at is not None
                and incident.due_at <= now
                and self._is_free(incident.id, now)
            ]
            free.sort(key=lambda incident: (incident.due_at or now, incident.id))
            return [self._claimed(incident, owner, lease_until) for incident in free[:limit]]

    def renew(self, ids: Collection[str], *, owner: str, lease_until: datetime) -> None:
        """Keep leases that are still the owner's."""
        with self._lock:
            for id_ in ids:
                lease = self._leases.get(id_)
                if lease is not None and lease.owner == owner:
                    lease.until = lease_until

    def record(
        self,
        claim: Claim,
        observed: Observed,
        *,
        now: datetime,
        due_at: datetime | None,
        timeline: Sequence[TimelineEntry] = (),
        ended: bool = False,
        release: bool = True,
    ) -> bool:
        """Write the observed half; what comes late is recorded all the same."""
        with self._lock:
            self.timeline.extend(timeline)
            incident = self.incidents[claim.incident.id]
            if self._fences.get(incident.id) != claim.fence:
                self._record_late(incident, claim, observed, now)
                return False
            is_same = incident.desired.generation == claim.incident.desired.generation
            # Whoever asks for a look sets due_at, even where the desk need not hear of it.
            is_undisturbed = is_same and incident.due_at == claim.incident.due_at
            self.incidents[incident.id] = replace(
                incident,
                observed=observed,
                due_at=due_at if is_undisturbed else now,
                updated_at=now,
                ended_at=now if ended and is_same else incident.ended_at,
            )
            if release:
                self._leases.pop(incident.id, None)
            return True

    def expire(self, claim: Claim, *, now: datetime) -> None:
        """Count every member as cleared, unless one fired since; release the claim."""
        with self._lock:
            incident = self._held(claim)
            if incident is None:
                return
            desired = incident.desired
            claimed = claim.incident.desired
            if (desired.generation, desired.fired_at) == (claimed.generation, claimed.fired_at):
                self._clear_members(incident.id, now)
                desired = replace(
                    desired,
                    state=DesiredState.CLEAR,
                    since=now,
                    generation=desired.generation + 1,
                )
                self.timeline.append(_entry(incident.id, now, "expired", "no sender repeated it"))
            self._release(replace(incident, desired=desired, due_at=now, updated_at=now))

    def begin_episode(self, claim: Claim, *, new_id: str, token: str, now: datetime) -> None:
        """End the claimed incident and open its next episode, unless it has cleared since."""
        with self._lock:
            old = self._held(claim)
            if old is None:
                return
            if not old.desired.is_open:
                self._release(replace(old, due_at=now, updated_at=now))
                return
            self._release(replace(old, ended_at=now, due_at=None, updated_at=now))
            self.incidents[new_id] = next_episode(old, new_id, token, now)
            for key, alert in self.alerts.items():
                if alert.incident_id == old.id and alert.status is AlertStatus.FIRING:
                    self.alerts[key] = replace(alert, incident_id=new_id)
            self.timeline.append(_entry(old.id, now, "ended", f"fires again as {new_id}"))
            self.timeline.append(_entry(new_id, now, "opened", f"fires again after {old.id}"))

    def _held(self, claim: Claim) -> Incident | None:
        incident = self.incidents[claim.incident.id]
        return incident if self._fences.get(incident.id) == claim.fence else None

    def _release(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        self._leases.pop(incident.id, None)

    def _clear_members(self, incident_id: str, now: datetime) -> None:
        for key, alert in self.alerts.items():
            if alert.incident_id == incident_id and alert.status is AlertStatus.FIRING:
                self.alerts[key] = replace(
                    alert, status=AlertStatus.RESOLVED, resolved_at=now, ends_at=now
                )

    def next_due(self, backend: str) -> datetime | None:
        """Say when the earliest incident is due and free."""
        with self._lock:
            return min(
                (
                    max(incident.due_at, lease.until) if lease else incident.due_at
                    for incident in self.incidents.values()
                    if incident.backend == backend and incident.due_at is not None
                    for lease in [self._leases.get(incident.id)]
                ),
                default=None,
            )

    def _is_free(self, id_: str, now: datetime) -> bool:
        lease = self._leases.get(id_)
        return lease is None or lease.until <= now

    def _claimed(self, incident: Incident, owner: str, lease_until: datetime) -> Claim:
        fence = self._fences[incident.id] = self._fences.get(incident.id, 0) + 1
        self._leases[incident.id] = _Lease(owner, lease_until)
        return Claim(incident=replace(incident, news=self._news(incident)), fence=fence)

    def _news(self, incident: Incident) -> tuple[MemberNews, ...]:
        return tuple(
            MemberNews(
                entry=number,
                what=News(entry.what),
                fingerprint=str(entry.detail["fingerprint"]),
                title=str(entry.detail["title"]),
                at=entry.at,
            )
            for number, entry in enumerate(self.timeline, start=1)
            if entry.incident_id == incident.id
            and entry.what in (News.JOINED, News.CLEARED)
            and number > incident.observed.told_through
        )

    def _record_late(self, incident: Incident, claim: Claim, seen: Observed, now: datetime) -> None:
        if is_duplicate(incident.observed, seen):
            self._note_duplicate(incident, seen, now)
            return
        merged = merge_late(incident.observed, claim.incident.observed, seen, now)
        if merged is None:
            return
        is_new = incident.observed.ticket is None and merged.ticket is not None
        if is_new and incident.ended_at is not None:
            incident = self._taken_up_again(incident, merged, now)
        self.incidents[incident.id] = replace(incident, observed=merged, due_at=now, updated_at=now)
        # A holder of the lease is fenced off: what it writes next would undo the merge.
        self._fences[incident.id] += 1
        if merged.ticket is not None:
            self._leases.pop(incident.id, None)

    def _taken_up_again(self, incident: Incident, merged: Observed, now: datetime) -> Incident:
        place = (incident.backend, incident.key)
        others = self.incidents.values()
        if any((i.backend, i.key) == place and i.ended_at is None for i in others):
            self._note_duplicate(incident, merged, now)
            return incident
        return replace(incident, ended_at=None)

    def _note_duplicate(self, incident: Incident, seen: Observed, now: datetime) -> None:
        number = seen.ticket.number if seen.ticket is not None else ""
        because = f"{number} was filed by a worker that had lost its claim"
        self.timeline.append(_entry(incident.id, now, "duplicate", because))


def _entry(incident_id: str, at: datetime, what: str, because: str) -> TimelineEntry:
    return TimelineEntry(incident_id=incident_id, at=at, what=what, because=because)
