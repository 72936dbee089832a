"""Where the processor's time goes while webhooks are taken in, stage by stage."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from time import perf_counter, thread_time

import structlog
from flask.testing import FlaskClient

from bridge.bootstrap import build_intake, build_sources, build_web, live_rules, open_bridge
from bridge.domain.alert import Alert, ParsedBody
from bridge.domain.decision import Decision
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import Heard, KnownAlert, Standing
from bridge.domain.ports import IntakeStore, IntakeTransaction, RuleBook, Source
from bridge.intake import Intake
from bridge.settings import load_settings
from tests.bench.bodies import Mix, body
from tests.bench.figures import Figure
from tests.bench.load import MARK, tag
from tests.bench.servers import SENDER, WEBHOOKS, Bridge, nobody
from tests.bench.stage import Stage

_SIZES = (1, 10, 100)
_MIXES = (Mix.NEW, Mix.KNOWN)
_WARM_UP = 3
#: As a body passes through them.
_STAGES = ("parse", "begin and commit", "read", "rules", "write")


@dataclass(slots=True)
class Watch:
    """Adds up what each stage takes of the processor, in seconds."""

    used: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Time what is inside; other stages inside of it are counted there as well."""
        started = thread_time()
        try:
            yield
        finally:
            self.used[stage] += thread_time() - started  # type: ignore[assignment]  # counts seconds


@dataclass(frozen=True, slots=True)
class _TimedSource:
    inner: Source
    watch: Watch

    @property
    def name(self) -> str:
        return self.inner.name

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        with self.watch.on("parse"):
            return self.inner.parse(body, content_type, received_at)


@dataclass(frozen=True, slots=True)
class _TimedRules:
    inner: RuleBook
    watch: Watch

    @property
    def version(self) -> str:
        return self.inner.version

    def decide(self, alert: Alert) -> Decision:
        with self.watch.on("rules"):
            return self.inner.decide(alert)


@dataclass(frozen=True, slots=True)
class _TimedStore:
    inner: IntakeStore
    watch: Watch

    @contextmanager
    def intake(self) -> Iterator[IntakeTransaction]:
        opening: AbstractContextManager[IntakeTransaction] = self.inner.intake()
        with self.watch.on("begin and commit"):
            transaction = opening.__enter__()
        try:
            yield _TimedTransaction(transaction, self.watch)
        except BaseException as exc:
            if not opening.__exit__(type(exc), exc, exc.__traceback__):
                raise
        else:
            with self.watch.on("begin and commit"):
                opening.__exit__(None, None, None)

    def keep_rejected(self, entry: InboxEntry) -> str:
        return self.inner.keep_rejected(entry)


@dataclass(frozen=True, slots=True)
class _TimedTransaction:
    inner: IntakeTransaction
    watch: Watch

    def standings(self, source: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        with self.watch.on("read"):
            return self.inner.standings(source, fingerprints)

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        with self.watch.on("read"):
            return self.inner.alerts(source, fingerprints)

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        with self.watch.on("read"):
            return self.inner.live_incidents(ids)

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        with self.watch.on("read"):
            return self.inner.firing_members(incident_ids)

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        with self.watch.on("read"):
            return self.inner.latest_episodes(keys)

    def save(
        self,
        *,
        bodies: Sequence[InboxEntry],
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
        heard: Sequence[Heard],
    ) -> None:
        with self.watch.on("write"):
            self.inner.save(
                bodies=bodies, alerts=alerts, incidents=incidents, timeline=timeline, heard=heard
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rig:
    """The bridge's own parts in this process, as an intake with a watch and as a whole."""

    intake: Intake
    source: Source
    client: FlaskClient
    watch: Watch

    def take(self, said: bytes) -> None:
        """Take a body in without the web."""
        with self.watch.on("intake"):
            self.intake.receive(self.source, said, "application/json")

    def post(self, said: bytes) -> None:
        """Take a body in through Flask."""
        answer = self.client.post(WEBHOOKS, data=said, headers=dict(SENDER))
        if answer.status_code != 202:
            message = f"the bridge answered {answer.status_code}: {answer.text}"
            raise RuntimeError(message)


def measure(stage: Stage) -> Sequence[Figure]:
    """Take bodies in, in this process and one at a time, and split the time by stage."""
    figures: list[Figure] = []
    for kind, new_database in stage.some(stage.databases()).items():
        with _rig(Bridge(stage.folder(), "stages", new_database(), nobody())) as rig:
            for size in stage.scale.of_sizes(_SIZES):
                for mix in _MIXES:
                    stage.say(f"stages on {kind}: {size} {mix} per body")
                    figures += _split(stage, rig, f"{kind}, {size} {mix} per body", size, mix)
    return figures


@contextmanager
def _rig(bridge: Bridge) -> Iterator[_Rig]:
    # Log lines of the parts are not what is measured; gunicorn's worker writes none per webhook.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    opened = open_bridge(load_settings(bridge.file, {}), upgrade=True)
    rules, watch = live_rules(opened.settings), Watch()
    intake = build_intake(opened, lambda: _TimedRules(rules(), watch))
    try:
        yield _Rig(
            intake=replace(intake, store=_TimedStore(opened.store, watch)),
            source=_TimedSource(build_sources(opened.settings)["alertmanager"], watch),
            client=build_web(opened, rules).test_client(),
            watch=watch,
        )
    finally:
        opened.store.dispose()
        structlog.reset_defaults()


def _split(stage: Stage, rig: _Rig, of: str, size: int, mix: Mix) -> Sequence[Figure]:
    number = max(2, min(stage.scale.samples, 6000 // size))
    bodies = _bodies(body(size, mix), stage.first_tag(), mix)
    for _ in range(2 * _WARM_UP):
        rig.take(next(bodies))
    rig.watch.used.clear()
    wall = 0.0
    for _ in range(number):
        # In turns: what slows the one slows the other.
        started = perf_counter()
        rig.take(next(bodies))
        wall += perf_counter() - started
        with rig.watch.on("in all"):
            rig.post(next(bodies))
    alerts = number * size
    return [
        Figure(name=f"{of}, {name}", values=(seconds / alerts * 1e6,), unit="us/alert")
        for name, seconds in _shares(dict(rig.watch.used), wall).items()
    ]


def _shares(used: Mapping[str, float], wall: float) -> Mapping[str, float]:
    """Give what each stage took by itself, what all took, and how long nothing was computed."""
    parts = {name: used[name] for name in _STAGES if name in used}
    return {
        **parts,
        "decide what changes": used["intake"] - sum(parts.values()),
        "web": used["in all"] - used["intake"],
        "in all": used["in all"],
        "waiting for the database": wall - used["intake"],
    }


def _bodies(template: bytes, first: int, mix: Mix) -> Iterator[bytes]:
    """Give bodies without end; those of known alerts are the same few again and again."""
    for number in count(first):
        offset = (number - first) % _WARM_UP if mix is Mix.KNOWN else number - first
        yield template.replace(MARK, tag(first + offset))
