"""How incidents of the in-memory store change otherwise than by a webhook or a delivery."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import KnownAlert
from bridge.domain.ports import Claim
from bridge.store.memory_state import MemoryState, require_one_live_each


class MemoryIncidents:
    """Implements IncidentTransaction; whoever makes it holds the store's lock."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def held(self, claim: Claim) -> Incident | None:
        """Give the claimed incident; None: the claim was lost."""
        is_ours = self._state.fences.get(claim.incident.id) == claim.fence
        return self.incident(claim.incident.id) if is_ours else None

    def incident(self, incident_id: str) -> Incident | None:
        """Give an incident, ended or not."""
        return self._state.incidents.get(incident_id)

    def latest(self, backend: str, key: str) -> Incident | None:
        """Give the newest episode of a key, ended or not."""
        of_key = [i for i in self._state.incidents.values() if (i.backend, i.key) == (backend, key)]
        return max(of_key, key=lambda incident: incident.episode, default=None)

    def filed_since(self, budget: str, since: datetime, *, besides: str) -> int:
        """Count the others' tickets on a rule's budget."""
        return sum(
            incident.observed.filed_at is not None and incident.observed.filed_at > since
            for incident in self._state.incidents.values()
            if incident.id != besides
            and incident.desired.policy.budget is not None
            and incident.desired.policy.budget.rule == budget
        )

    def mark_filed(self, claim: Claim, at: datetime) -> None:
        """Remember when the claimed incident took a ticket out of a budget."""
        incident = self.held(claim)
        if incident is not None:
            observed = replace(incident.observed, filed_at=at)
            self._state.incidents[incident.id] = replace(incident, observed=observed)

    def lists_open(self, overflow_id: str) -> bool:
        """Say whether an incident that an overflow ticket lists is still open."""
        return any(
            incident.overflow_id == overflow_id
            and incident.ended_at is None
            and incident.desired.is_open
            for incident in self._state.incidents.values()
        )

    def want(self, incident: Incident) -> None:
        """Write the desired half and when it is due."""
        observed = self._state.incidents[incident.id].observed
        self._state.incidents[incident.id] = replace(incident, observed=observed)

    def save(self, incident: Incident) -> None:
        """Write both halves; whoever holds the incident is fenced off."""
        self._state.incidents[incident.id] = incident
        self._state.fences[incident.id] = self._state.fences.get(incident.id, 0) + 1
        self._state.leases.pop(incident.id, None)

    def add(self, incident: Incident) -> None:
        """Insert a new incident."""
        self._state.incidents[incident.id] = incident
        require_one_live_each(self._state.incidents.values())

    def clear_members(self, incident_id: str, now: datetime) -> None:
        """Count every firing member as cleared."""
        for place, alert in self._firing(incident_id):
            self._state.alerts[place] = replace(
                alert, status=AlertStatus.RESOLVED, resolved_at=now, ends_at=now
            )

    def move_firing_members(self, old_id: str, new_id: str) -> Sequence[KnownAlert]:
        """Let the firing members of one incident belong to another; give them."""
        moved = {place: replace(a, incident_id=new_id) for place, a in self._firing(old_id)}
        self._state.alerts |= moved
        return list(moved.values())

    def append(self, timeline: Sequence[TimelineEntry]) -> None:
        """Add to the timeline."""
        self._state.timeline.extend(timeline)

    def _firing(self, incident_id: str) -> Sequence[tuple[tuple[str, str], KnownAlert]]:
        return [
            (place, alert)
            for place, alert in self._state.alerts.items()
            if alert.incident_id == incident_id and alert.status is AlertStatus.FIRING
        ]
