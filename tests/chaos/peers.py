"""A pair of Alertmanagers that do not hear of each other: each sends everything, in its own time.

What a peer does is what Alertmanager does: alerts are sent by group, with those that ended since;
a body that was not accepted is sent again until the next flush, which sends what is true by then;
what was accepted is sent again only when something changed or after the repeat interval.
"""

import threading
import time
from collections.abc import Sequence
from random import Random

import requests

from tests.chaos.faults import Alert, Json
from tests.e2e.bridge import SENDER
from tests.e2e.processes import http

_FLUSH_SECONDS = 0.7
_REPEAT_SECONDS = 2.5
_FIRST_PAUSE_SECONDS = 0.1
_SECONDS = 6.0
#: The second peer of a pair waits this long for the first, and hears of alerts as late.
_LONGEST_LAG_SECONDS = 1.2
#: How often the entry that something was sent is lost, as in a crash between the two.
_FORGETFUL = 0.1


class Group:
    """One group of alerts at one peer, and what it has told its receiver."""

    def __init__(self, peer: str, name: str, url: str, random: Random) -> None:
        self._peer = peer
        self._name = name
        self._url = url
        self._random = random
        self._lock = threading.Lock()
        self._heard: list[tuple[float, Alert]] = []
        self._alerts: dict[str, Alert] = {}
        self._told: frozenset[tuple[str, bool]] = frozenset()
        self._told_at = 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"{peer}-{name}", daemon=True)

    def hear(self, alert: Alert, lag: float) -> None:
        """Learn of an alert, a little later."""
        with self._lock:
            before = self._heard[-1][0] if self._heard else 0.0
            self._heard.append((max(before, time.monotonic() + lag), alert))

    def is_told(self) -> bool:
        """Say whether the receiver has accepted all that is true here."""
        with self._lock:
            return not self._heard and not any(
                state not in self._told for state in map(_state, self._alerts.values())
            )

    def _run(self) -> None:
        while not self.stopping.wait(_FLUSH_SECONDS * (0.8 + 0.4 * self._random.random())):
            self._learn()
            alerts = tuple(self._alerts.values())
            if self._is_due(alerts):
                self._flush(alerts)

    def _learn(self) -> None:
        with self._lock:
            now = time.monotonic()
            known = [alert for at, alert in self._heard if at <= now]
            self._heard = [(at, alert) for at, alert in self._heard if at > now]
            self._alerts.update({alert.fingerprint: alert for alert in known})

    def _is_due(self, alerts: Sequence[Alert]) -> bool:
        states = frozenset(map(_state, alerts))
        if states - self._told:
            return True
        fires = any(alert.is_firing for alert in alerts)
        return fires and time.monotonic() - self._told_at > _REPEAT_SECONDS

    def _flush(self, alerts: Sequence[Alert]) -> None:
        """Send until accepted; give up, for newer news, when the next flush would come."""
        deadline = time.monotonic() + 4 * _FLUSH_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        body = self._body(alerts)
        while not self._send(body):
            if time.monotonic() > deadline or self.stopping.wait(pause):
                return
            pause *= 2
        if self._random.random() > _FORGETFUL:
            self._remember(alerts)

    def _remember(self, alerts: Sequence[Alert]) -> None:
        with self._lock:
            self._told = frozenset(map(_state, alerts))
            self._told_at = time.monotonic()
            for alert in alerts:
                if not alert.is_firing:
                    del self._alerts[alert.fingerprint]

    def _send(self, body: Json) -> bool:
        try:
            answer = http("POST", self._url, json=body, headers=SENDER, timeout=_SECONDS)
        except requests.RequestException:
            return False
        return answer.status_code == 202

    def _body(self, alerts: Sequence[Alert]) -> Json:
        fires = any(alert.is_firing for alert in alerts)
        return {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{self._name}"}}',
            "truncatedAlerts": 0,
            "receiver": "bridge",
            "status": "firing" if fires else "resolved",
            "groupLabels": {"alertname": self._name},
            "commonLabels": {"alertname": self._name},
            "commonAnnotations": {},
            "externalURL": f"http://{self._peer}.example.com:9093",
            "alerts": [alert.as_json() for alert in alerts],
        }


class Pair:
    """Two peers that both hear of every alert."""

    def __init__(self, url: str, seed: str) -> None:
        self._url = url
        self._seed = seed
        self._random = Random(seed)
        self._groups: dict[tuple[str, str], Group] = {}

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Tell both peers, each with a lag of its own."""
        for peer in ("am-a", "am-b"):
            for alert in alerts:
                lag = self._random.random() * _LONGEST_LAG_SECONDS
                self._group(peer, alert.labels["alertname"]).hear(alert, lag)

    def is_told(self) -> bool:
        """Say whether everything that is true has been accepted from both."""
        return all(group.is_told() for group in self._groups.values())

    def stop(self) -> None:
        """Send nothing more."""
        for group in self._groups.values():
            group.stopping.set()
        for group in self._groups.values():
            group.thread.join()

    def _group(self, peer: str, name: str) -> Group:
        key = (peer, name)
        if key not in self._groups:
            random = Random(f"{self._seed} {peer} {name}")
            self._groups[key] = Group(peer, name, self._url, random)
            self._groups[key].thread.start()
        return self._groups[key]


def _state(alert: Alert) -> tuple[str, bool]:
    return alert.fingerprint, alert.is_firing
