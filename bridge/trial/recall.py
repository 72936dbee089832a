"""What was said of alerts, out of the inbox."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bridge.domain.alert import Alert
from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source
from bridge.domain.reading import InboxReader

#: A body is received a moment before the incident that it opens.
_MARGIN = timedelta(minutes=1)


def last_firings_of(
    inbox: InboxReader, source: Source, fingerprints: Collection[str], *, since: datetime
) -> tuple[Alert, ...]:
    """Give each of the alerts as it was last said to fire; what is pruned is left out."""
    last: dict[str, Alert] = {}
    for entry in inbox.bodies_since(since - _MARGIN, source.name):
        try:
            alerts = source.parse(entry.body, entry.content_type, entry.received_at).alerts
        except MalformedBody:
            continue
        said = {alert.fingerprint: alert for alert in alerts if alert.fingerprint in fingerprints}
        last |= {name: alert for name, alert in said.items() if alert.is_firing}
    return tuple(last.values())
