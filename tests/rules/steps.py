"""Runs the `tests:` of rules files: real intake and reconciler, a desk and a clock in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.incident import DesiredState
from bridge.domain.span import parse_span
from bridge.domain.spec import ATTRIBUTES, CustomField
from bridge.rules import Rules
from bridge.sources.fingerprint import fingerprint_of
from bridge.yamlfile import load
from tests.builders import FakeRules
from tests.fake_desk import FakeDesk
from tests.world import World

#: After the last step: long enough for any hold, pause or resolve that the steps began.
LAST_WAIT = timedelta(hours=1)

_PARTS = ("labels", "annotations", "values", "group", "links")


class WrongTest(Exception):
    """A test says something that this runner does not know."""


@dataclass(frozen=True, kw_only=True)
class RuleTest:
    """One of `tests:`."""

    name: str
    steps: Sequence[Mapping[str, Any]]
    expect: Mapping[str, Any]


def read_tests(file: Path) -> list[RuleTest]:
    """Read the tests of a rules file; one of a recorded payload has no steps."""
    said = cast("dict[str, Any]", load(file).data)
    return [
        RuleTest(name=test["name"], steps=test.get("steps", []), expect=test["expect"])
        for test in said.get("tests", ())
    ]


@dataclass
class Runner:
    """Runs one test in a world of its own."""

    rules: Rules
    backend: str
    dropped: int = 0
    rule: str | None = None  #: the last that applied
    applied: set[str] = field(default_factory=set)
    started: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules = cast("FakeRules", self.rules)
        self.world = World(rules=rules, desk=FakeDesk(name=self.backend))

    def run(self, test: RuleTest) -> dict[str, tuple[object, object]]:
        """Take the steps; give what differs, as (expected, found) by name."""
        for step in test.steps:
            self._step(step)
        self.world.work_until(LAST_WAIT.total_seconds())
        found = {name: self._found(name, said) for name, said in test.expect.items()}
        return {n: (said, found[n]) for n, said in test.expect.items() if found[n] != said}

    def _step(self, step: Mapping[str, Any]) -> None:
        if unknown := set(step) - {"after", "fire", "resolve"}:
            raise WrongTest(f"a step has no {sorted(unknown)[0]}")
        self.world.work_until(parse_span(str(step.get("after", "0"))).total_seconds())
        for verb, status in (("fire", AlertStatus.FIRING), ("resolve", AlertStatus.RESOLVED)):
            if verb in step:
                self._receive(self._alert(step[verb], status))
        self.world.work()

    def _alert(self, said: Mapping[str, Any], status: AlertStatus) -> Alert:
        """Read the long form, or the short one, which is the labels."""
        is_long = isinstance(said.get("labels"), Mapping)
        parts = {name: dict(said.get(name, {})) for name in _PARTS} if is_long else {"labels": said}
        labels = {name: str(value) for name, value in parts.pop("labels").items()}
        fingerprint, now = fingerprint_of(labels), self.world.clock()
        is_firing = status is AlertStatus.FIRING
        starts_at = self.started.setdefault(fingerprint, now)
        if not is_firing:
            del self.started[fingerprint]
        return Alert(
            source="alertmanager",
            fingerprint=fingerprint,
            status=status,
            name=labels.get("alertname", "alert"),
            labels=labels,
            starts_at=starts_at,
            ends_at=None if is_firing else now,
            **{"annotations": {}, **parts},
        )

    def _receive(self, alert: Alert) -> None:
        self.dropped += self.world.receive(alert).dropped
        decision = self.rules.decide(alert)
        self.rule = decision.rule
        self.applied |= {told.rule for told in decision.trace.rules if told.applied}

    def _found(self, name: str, expected: object) -> object:
        if name in ("dropped", "rule"):
            return getattr(self, name)
        if name == "tickets":
            return len(self.world.desk.records)
        incident = self.world.incident()
        if name == "state":
            return "open" if incident.desired.state is DesiredState.OPEN else "resolved"
        if name == "backend":
            return incident.backend
        if name in ATTRIBUTES:
            return self._told(incident.token, name, expected)
        raise WrongTest(f"nothing is expected by the name {name}")

    def _told(self, token: str, name: str, expected: object) -> object:
        """Give a field of the ticket as the desk has it; of a mapping, the names expected."""
        record = next(r for r in self.world.desk.records.values() if r.token == token)
        told = getattr(record.spec, ATTRIBUTES[name])
        if not isinstance(expected, Mapping):
            return list(told) if isinstance(told, tuple) else told
        values = {name: told.get(name) for name in expected}
        return {n: v.value if isinstance(v, CustomField) else v for n, v in values.items()}
