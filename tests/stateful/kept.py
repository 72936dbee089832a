"""What a store of any kind holds in the end, for the checks of random lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.reading import IncidentQuery
from bridge.store import Store
from bridge.store.memory import MemoryStore
from bridge.store.schema import metadata


@dataclass(frozen=True, slots=True)
class Kept:
    """Every incident and all that is said of them."""

    incidents: Sequence[Incident]
    timeline: Sequence[TimelineEntry]

    def said(self, incident: Incident) -> Sequence[TimelineEntry]:
        """Give what happened to one incident, oldest first."""
        return [entry for entry in self.timeline if entry.incident_id == incident.id]


def kept_in(store: object) -> Kept:
    """Read everything; a database stands in for the in-memory store in the longer runs."""
    if isinstance(store, MemoryStore):
        return Kept(list(store.incidents.values()), store.timeline)
    assert isinstance(store, Store)
    page = store.incidents(IncidentQuery(limit=10_000))
    incidents = [listed.incident for listed in reversed(page.incidents)]
    return Kept(incidents, [e for i in incidents for e in store.timeline(i.id)])


def emptied(store: Store) -> MemoryStore:
    """Give a database from which the life before is gone, in the in-memory store's clothes."""
    with store._database.write() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
    return cast("MemoryStore", store)
