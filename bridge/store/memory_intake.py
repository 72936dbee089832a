"""One webhook's transaction on the in-memory store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.ports import KnownAlert
from bridge.store.memory_state import MemoryState, require_one_live_each


class MemoryTransaction:
    """Implements IntakeTransaction; nothing is written before `commit`."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._saved = False

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the stored alerts by fingerprint."""
        found = ((f, self._state.alerts.get((source, f))) for f in fingerprints)
        return {fingerprint: alert for fingerprint, alert in found if alert is not None}

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended."""
        found = (self._state.incidents[id_] for id_ in ids if id_ in self._state.incidents)
        return [incident for incident in found if incident.ended_at is None]

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        """Give the newest incident of each (backend, key)."""
        latest: dict[tuple[str, str], Incident] = {}
        for incident in self._state.incidents.values():
            place = (incident.backend, incident.key)
            if place in keys and incident.episode > getattr(latest.get(place), "episode", 0):
                latest[place] = incident
        return latest

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every stored alert that fires and belongs to one of the incidents."""
        return [
            alert
            for alert in self._state.alerts.values()
            if alert.incident_id in incident_ids and alert.status is AlertStatus.FIRING
        ]

    def save(
        self,
        *,
        inbox: InboxEntry,
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
    ) -> None:
        """Remember what to write."""
        self._writes = (inbox, alerts, incidents, timeline)
        self._saved = True

    def commit(self) -> None:
        """Write what was saved; raise StoreConflict if two incidents would live for one key."""
        if not self._saved:
            return
        state = self._state
        inbox, alerts, incidents, timeline = self._writes
        merged = {**state.incidents, **{i.id: self._merged(i) for i in incidents}}
        require_one_live_each(merged.values())
        state.inbox[inbox.id] = inbox
        state.incidents = merged
        state.alerts.update({(a.source, a.fingerprint): a for a in alerts})
        state.timeline.extend(timeline)

    def _merged(self, incident: Incident) -> Incident:
        old = self._state.incidents.get(incident.id)
        return incident if old is None else replace(incident, observed=old.observed)
