"""Two real Alertmanagers that know nothing of each other, as after a network partition."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.balancer import Ledger
from tests.chaos.faults import Alert
from tests.e2e.alertmanager import Alertmanager, running_alertmanager


class RealPair:
    """Tells both of every alert, as two Prometheus servers do."""

    def __init__(self, pair: Sequence[Alertmanager], ledger: Ledger) -> None:
        self._pair = pair
        self._ledger = ledger
        self._alerts: dict[str, Alert] = {}

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Tell both."""
        self._alerts |= {alert.fingerprint: alert for alert in alerts}
        for alertmanager in self._pair:
            alertmanager.take([_posted(alert) for alert in alerts])

    def is_told(self) -> bool:
        """Say whether the last word of each on each alert is the truth; silence is a clear."""
        last = self._last_words()
        return all(
            last.get((sender, _identity(alert.labels)), False) == alert.is_firing
            for sender in {sender for sender, _ in last}
            for alert in self._alerts.values()
        )

    def _last_words(self) -> Mapping[tuple[str, str], bool]:
        return {
            (alert.sender, _identity(alert.labels)): alert.is_firing
            for alert in self._ledger.accepted()
        }


@contextmanager
def running_pair(folder: Path, webhook: str, ledger: Ledger) -> Iterator[RealPair]:
    """Keep both running, each in a folder of its own."""
    with ExitStack() as stack:
        pair = []
        for name in ("am-a", "am-b"):
            (folder / name).mkdir()
            running = running_alertmanager(folder / name, webhook=webhook, token="am-token")
            pair.append(stack.enter_context(running))
        yield RealPair(pair, ledger)


def _posted(alert: Alert) -> dict[str, object]:
    ends_at = alert.ends_at or datetime.now(UTC) + timedelta(minutes=30)
    return {
        **{name: alert.as_json()[name] for name in ("labels", "annotations", "generatorURL")},
        "startsAt": alert.starts_at.isoformat(),
        "endsAt": ends_at.isoformat(),
    }


def _identity(labels: Mapping[str, str]) -> str:
    return str(sorted(labels.items()))
