"""What templates see of an alert."""

from collections.abc import Mapping, Sequence

from bridge.domain.alert import Alert
from bridge.expressions.cut import cut
from bridge.rules.limits import MAX_SEEN
from bridge.rules.tables import Lookup, Table


def lookups_for(tables: Sequence[Table]) -> Mapping[str, Lookup]:
    """Make the tables callable for one alert, each with its own memory of rows given."""
    return {table.name: Lookup(table) for table in tables}


def scope_of(alert: Alert, lookups: Mapping[str, Lookup]) -> Mapping[str, object]:
    """Name everything that a template can use."""
    return {
        **lookups,
        "alert": {
            "name": cut(alert.name, MAX_SEEN),
            "fingerprint": alert.fingerprint,
            "status": alert.status.value,
            "source": alert.source,
            "starts_at": alert.starts_at,
            "ends_at": alert.ends_at,
            "values": dict(alert.values),
        },
        "labels": _seen(alert.labels),
        "annotations": _seen(alert.annotations),
        "values": dict(alert.values),
        "group": _seen(alert.group),
        "links": _seen(alert.links),
        "source": alert.source,
    }


def _seen(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {name: cut(text, MAX_SEEN) for name, text in texts.items()}
