"""A store without a database, for rule tests and for tests of the use cases; same promises."""

import hashlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, MemberNews, News, Observed, TimelineEntry
from bridge.domain.intent import Begin
from bridge.domain.late import late_outcome
from bridge.domain.ports import Claim, IncidentTransaction, IntakeTransaction
from bridge.store.memory_changes import MemoryIncidents
from bridge.store.memory_intake import MemoryTransaction
from bridge.store.memory_state import Lease, MemoryState

T = TypeVar("T")


@dataclass
class MemoryStore(MemoryState):
    """Implements IntakeStore and DeliveryStore over dictionaries."""

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
        self,
        backend: str,
        *,
        limit: int,
        owner: str,
        now: datetime,
        lease_until: datetime,
        begin: Begin | None = None,
    ) -> Sequence[Claim]:
        """Take what is due and free, longest due first."""
        with self._lock:
            due = {i.id: i.due_at for i in self._of(backend) if i.due_at is not None}
            free = self._free(due, now)[:limit]
            claims = [self._claimed(id_, owner, lease_until) for id_ in free]
            return [self._begun(claim, begin, now) for claim in claims] if begin else claims

    def claim_looks(
        self, backend: str, *, limit: int, owner: str, now: datetime, lease_until: datetime
    ) -> Sequence[Claim]:
        """Take what is to be looked at and free."""
        with self._lock:
            due = {i.id: self.looks[i.id] for i in self._of(backend) if i.id in self.looks}
            claims = [
                self._claimed(id_, owner, lease_until) for id_ in self._free(due, now)[:limit]
            ]
            return [replace(claim, is_look=True) for claim in claims]

    def renew(self, ids: Collection[str], *, owner: str, lease_until: datetime) -> None:
        """Keep leases that are still the owner's."""
        with self._lock:
            for id_ in ids:
                lease = self.leases.get(id_)
                if lease is not None and lease.owner == owner:
                    lease.until = lease_until

    def record(
        self,
        claim: Claim,
        observed: Observed,
        *,
        now: datetime,
        due_at: datetime | None,
        look_at: datetime | None = None,
        timeline: Sequence[TimelineEntry] = (),
        ended: bool = False,
        release: bool = True,
    ) -> bool:
        """Write the observed half; what comes late is recorded all the same."""
        with self._lock:
            self.timeline.extend(timeline)
            incident = self.incidents[claim.incident.id]
            if self.fences.get(incident.id) != claim.fence:
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
                self.leases.pop(incident.id, None)
                self.looks.pop(incident.id, None)
                self.looks.update({incident.id: look_at} if look_at is not None else {})
            return True

    def change(self, work: Callable[[IncidentTransaction], T]) -> T:
        """Do `work`; nothing stays if it raises."""
        with self._lock:
            kept = self.alerts.copy(), self.incidents.copy(), len(self.timeline)
            try:
                return work(MemoryIncidents(self))
            except BaseException:
                self.alerts, self.incidents = kept[:2]
                del self.timeline[kept[2] :]
                raise

    def give_back(self, ids: Collection[str], *, owner: str) -> None:
        """End leases that are still the owner's."""
        with self._lock:
            for id_ in ids:
                lease = self.leases.get(id_)
                if lease is not None and lease.owner == owner:
                    del self.leases[id_]

    def next_due(self, backend: str) -> datetime | None:
        """Say when the earliest incident is due and free."""
        with self._lock:
            return self._earliest({i.id: i.due_at for i in self._of(backend)})

    def next_look(self, backend: str) -> datetime | None:
        """Say when the next ticket is to be looked at again, and is free."""
        with self._lock:
            return self._earliest({i.id: self.looks.get(i.id) for i in self._of(backend)})

    def _earliest(self, times: Mapping[str, datetime | None]) -> datetime | None:
        """Give the earliest time, of what is held not before its lease ends."""
        ends = {id_: lease.until for id_, lease in self.leases.items()}
        return min(
            (max(at, ends.get(id_, at)) for id_, at in times.items() if at is not None),
            default=None,
        )

    def _of(self, backend: str) -> Sequence[Incident]:
        return [i for i in self.incidents.values() if i.backend == backend]

    def _free(self, due: Mapping[str, datetime], now: datetime) -> Sequence[str]:
        """Give what is due and nobody holds, longest due first."""
        held = {id_ for id_, lease in self.leases.items() if lease.until > now}
        return sorted(
            (id_ for id_, at in due.items() if at <= now and id_ not in held),
            key=lambda id_: (due[id_], id_),
        )

    def _claimed(self, id_: str, owner: str, lease_until: datetime) -> Claim:
        incident = self.incidents[id_]
        fence = self.fences[id_] = self.fences.get(id_, 0) + 1
        self.leases[id_] = Lease(owner, lease_until)
        return Claim(incident=replace(incident, news=self._news(incident)), fence=fence)

    def _begun(self, claim: Claim, begin: Begin, now: datetime) -> Claim:
        intent = begin(claim.incident)
        if intent is None:
            return claim
        self.timeline.extend(intent.timeline)
        stored = self.incidents[claim.incident.id]
        begun = replace(stored, observed=intent.observed, updated_at=now)
        self.incidents[stored.id] = begun
        return replace(claim, begun=intent.observed)

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
            and entry.what in tuple(News)
            and number > incident.observed.told_through
        )

    def _record_late(self, incident: Incident, claim: Claim, seen: Observed, now: datetime) -> None:
        place = (incident.backend, incident.key)
        lives = ((i.backend, i.key) for i in self.incidents.values() if i.ended_at is None)
        outcome = late_outcome(
            incident,
            claim.incident.observed,
            seen,
            has_successor=incident.ended_at is not None and place in lives,
            now=now,
        )
        if outcome is None:
            return
        self.timeline.extend(outcome.timeline)
        self.incidents[incident.id] = outcome.incident
        # A holder of the lease is fenced off: what it writes next would undo the merge.
        self.fences[incident.id] += 1
        if outcome.is_free:
            self.leases.pop(incident.id, None)
