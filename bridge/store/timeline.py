"""The timeline: appended to, read by people, and the source of members' news."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, insert, select

from bridge.domain.incident import MemberNews, News, TimelineEntry
from bridge.store.database import batches
from bridge.store.insertion import Insertion
from bridge.store.rows import news_from, timeline_from, timeline_values
from bridge.store.schema import incident, timeline

#: More than a note can hold; an incident that flaps for days must not fill the worker's memory.
MOST_NEWS = 200

_APPEND = Insertion(insert(timeline))

_untold = (
    select(
        timeline,
        func.row_number()
        .over(partition_by=timeline.c.incident_id, order_by=timeline.c.id.desc())
        .label("age"),
    )
    .join(incident, incident.c.id == timeline.c.incident_id)
    .where(
        timeline.c.incident_id.in_(bindparam("among", expanding=True)),
        timeline.c.id > incident.c.told_through,
        timeline.c.what.in_([news.value for news in News]),
    )
    .subquery()
)
_UNTOLD = select(_untold).where(_untold.c.age <= MOST_NEWS).order_by(_untold.c.id)


def append(connection: Connection, entries: Sequence[TimelineEntry]) -> None:
    """Add entries, in the order given."""
    _APPEND.run(connection, [timeline_values(entry) for entry in entries])


def entries_of(connection: Connection, incident_id: str) -> Sequence[TimelineEntry]:
    """Give what happened to an incident, oldest first."""
    query = (
        select(timeline).where(timeline.c.incident_id == incident_id).order_by(timeline.c.id.asc())
    )
    return [timeline_from(row) for row in connection.execute(query)]


def untold_news(
    connection: Connection, incident_ids: Collection[str]
) -> Mapping[str, tuple[MemberNews, ...]]:
    """Give by incident the latest news that its desk was not told yet, oldest first."""
    found: dict[str, tuple[MemberNews, ...]] = {}
    for batch in batches(incident_ids):
        for row in connection.execute(_UNTOLD, {"among": batch}):
            found[row.incident_id] = (*found.get(row.incident_id, ()), news_from(row))
    return found
