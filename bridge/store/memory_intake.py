"""One webhook's transaction on the in-memory store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import Heard, KnownAlert, Standing
from bridge.store.memory_state import MemoryState, require_one_live_each


class MemoryTransaction:
    """Implements IntakeTransaction; nothing is written before `commit`."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._bodies: list[InboxEntry] = []
        self._alerts: dict[tuple[str, str], KnownAlert] = {}
        self._incidents: dict[str, Incident] = {}
        self._timeline: list[TimelineEntry] = []

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the stored alerts by fingerprint."""
        known = self._known_alerts()
        found = ((fingerprint, known.get((source, fingerprint))) for fingerprint in fingerprints)
        return {fingerprint: alert for fingerprint, alert in found if alert is not None}

    def standings(self, source: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """Say how the stored alerts stand."""
        known, incidents = self.alerts(source, fingerprints), self._known_incidents()
        return {
            fingerprint: _standing(alert, incidents.get(alert.incident_id or ""))
            for fingerprint, alert in known.items()
        }

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended."""
        known = self._known_incidents()
        found = (known[id_] for id_ in ids if id_ in known)
        return [incident for incident in found if incident.ended_at is None]

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        """Give the newest incident of each (backend, key)."""
        latest: dict[tuple[str, str], Incident] = {}
        for incident in self._known_incidents().values():
            place = (incident.backend, incident.key)
            if place in keys and incident.episode > getattr(latest.get(place), "episode", 0):
                latest[place] = incident
        return latest

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every stored alert that fires and belongs to one of the incidents."""
        return [
            alert
            for alert in self._known_alerts().values()
            if alert.incident_id in incident_ids and alert.status is AlertStatus.FIRING
        ]

    def save(
        self,
        *,
        bodies: Sequence[InboxEntry],
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
        heard: Sequence[Heard],
    ) -> None:
        """Remember what to write."""
        self._bodies += bodies
        known = self._known_alerts()
        for news in heard:
            stored = (known.get((news.source, of)) for of in news.fingerprints)
            again = [replace(alert, seen_at=news.at) for alert in stored if alert is not None]
            self._alerts |= {(alert.source, alert.fingerprint): alert for alert in again}
        self._alerts |= {(alert.source, alert.fingerprint): alert for alert in alerts}
        self._incidents |= {incident.id: incident for incident in incidents}
        self._timeline += timeline

    def commit(self) -> None:
        """Write what was saved; raise StoreConflict if two incidents would live for one key."""
        state = self._state
        merged = {**state.incidents, **{i.id: self._merged(i) for i in self._incidents.values()}}
        require_one_live_each(merged.values())
        state.inbox |= {body.id: body for body in self._bodies}
        state.incidents = merged
        state.alerts |= self._alerts
        state.timeline.extend(self._timeline)

    def _known_alerts(self) -> Mapping[tuple[str, str], KnownAlert]:
        stored = self._state.alerts
        return {**stored, **self._alerts} if self._alerts else stored

    def _known_incidents(self) -> Mapping[str, Incident]:
        stored = self._state.incidents
        return {**stored, **self._incidents} if self._incidents else stored

    def _merged(self, incident: Incident) -> Incident:
        old = self._state.incidents.get(incident.id)
        return incident if old is None else replace(incident, observed=old.observed)


def _standing(alert: KnownAlert, incident: Incident | None) -> Standing:
    if incident is None or incident.ended_at is not None:
        return Standing(alert.status, alert.digest, alert.incident_id)
    desired = incident.desired
    return Standing(
        status=alert.status,
        digest=alert.digest,
        incident_id=incident.id,
        key=incident.key,
        rule=incident.rule,
        is_steady=desired.is_open and not desired.policy.asks_for_repeats,
    )
