"""What templates see of an alert."""

from collections.abc import Mapping, Sequence

from bridge.domain.alert import Alert
from bridge.expressions import Scope
from bridge.expressions.cut import cut
from bridge.rules.limits import MAX_SEEN
from bridge.rules.tables import Asked, Lookup, Table


def lookups_for(tables: Sequence[Table], asked: Asked | None = None) -> Mapping[str, Lookup]:
    """Make the tables callable for one alert; `asked` gets what came of it."""
    noted = Asked() if asked is None else asked
    return {table.name: Lookup(table, number, noted) for number, table in enumerate(tables)}


def scope_of(alert: Alert, lookups: Mapping[str, Lookup]) -> Scope:
    """Name everything that a template can use."""
    values = dict(alert.values)
    names = {
        **lookups,
        "alert": {
            "name": cut(alert.name, MAX_SEEN),
            "fingerprint": alert.fingerprint,
            "status": alert.status.value,
            "source": alert.source,
            "starts_at": alert.starts_at,
            "ends_at": alert.ends_at,
            "values": values,
        },
        "labels": _seen(alert.labels),
        "annotations": _seen(alert.annotations),
        "values": values,
        "group": _seen(alert.group),
        "links": _seen(alert.links),
        "source": alert.source,
    }
    return Scope(names)


def _seen(texts: Mapping[str, str]) -> dict[str, str]:
    if texts and max(map(len, texts.values())) > MAX_SEEN:
        return {name: cut(text, MAX_SEEN) for name, text in texts.items()}
    return texts if type(texts) is dict else dict(texts)  # no template can change it
