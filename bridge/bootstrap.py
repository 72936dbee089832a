"""The composition root: the one module that names concrete adapters together."""

import random
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask import Flask
from ulid import ULID

from bridge.backends import Desk
from bridge.domain.errors import StoreUnavailable
from bridge.domain.incident import Incident
from bridge.domain.ports import RuleBook, Source
from bridge.domain.retention import Pruned
from bridge.drill import Drill, DrillRules
from bridge.intake import Intake
from bridge.intake.describe import token_of
from bridge.operations import Operations
from bridge.reconciler import Reconciler
from bridge.rules import Rules, load_rules
from bridge.settings import Settings, SourceSettings
from bridge.sources import pagerduty
from bridge.sources.auth import NoAuth
from bridge.sources.limits import Limited
from bridge.store import Store, open_store
from bridge.sweep import Sweep
from bridge.telemetry import metrics
from bridge.telemetry.logging import register_secret
from bridge.web import (
    Check,
    Door,
    Failures,
    Gate,
    GuardedSource,
    Way,
    WebDeps,
    console_guard_for,
    create_app,
    guard_for,
)
from bridge.worker import Chore, Lane, Worker

log = structlog.get_logger()

PRUNE_EVERY = timedelta(hours=1)
#: A worker shows life every few seconds; one that has missed several is gone.
WORKER_SEEN_WITHIN = timedelta(seconds=20)

_SECRET_KEYS = ("api_key", "bearer", "password", "client_secret", "token")


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def new_id() -> str:
    """Make an identifier that sorts by the time it was made."""
    return str(ULID())


@dataclass(frozen=True, slots=True)
class Bridge:
    """The settings, and the adapters that every role of the bridge shares."""

    settings: Settings
    store: Store


def open_bridge(settings: Settings, *, upgrade: bool = False) -> Bridge:
    """Open the store that the settings name; `upgrade` also brings its schema up to date."""
    for secret in _secrets_of(settings):
        register_secret(secret)
    store = open_store(settings.database)
    if upgrade:
        store.upgrade()
    return Bridge(settings, store)


def load_rule_book(settings: Settings) -> Rules:
    """Load the rules; raise ConfigurationError with every problem found."""
    return load_rules(
        [settings.rules],
        backends=settings.backends,
        default_backend=settings.default_backend,
    )


def build_desks(settings: Settings) -> Mapping[str, Desk]:
    """Make the adapter of every configured service desk."""
    return {
        name: backend.type.build(name, backend.section, settings.instance)
        for name, backend in settings.backends.items()
    }


def build_sources(settings: Settings) -> Mapping[str, Source]:
    """Make the reader of every configured source."""
    return {
        name: Limited(
            source=source.type.build(name, source.section),
            max_alerts=settings.server.max_alerts,
        )
        for name, source in settings.sources.items()
    }


def build_intake(bridge: Bridge, rules: Callable[[], RuleBook] | None = None) -> Intake:
    """Make what takes bodies in, by the rules that are loaded now if no others are given."""
    if rules is None:
        loaded = load_rule_book(bridge.settings)
        rules = lambda: loaded  # noqa: E731  # the same book however often it is asked for
    return Intake(
        store=bridge.store,
        rules=rules,
        notify=bridge.store.notify,
        now=now,
        new_id=new_id,
        instance=bridge.settings.instance,
    )


def build_web(bridge: Bridge) -> Flask:
    """Make the web side."""
    settings, store = bridge.settings, bridge.store
    rules = load_rule_book(settings)
    metrics.RULES_LOADED.set_to_current_time()
    intake = build_intake(bridge, lambda: rules)
    server, sources = settings.server, build_sources(settings)
    guarded, events = _guarded_sources(settings, sources)
    return create_app(
        WebDeps(
            sources=guarded,
            events=events,
            way=Way(
                door=Door(trusted_proxies=server.trusted_proxies, failures=Failures(now=now)),
                gate=Gate(at_once=server.threads, waiting=server.queue),
                receive=intake.receive,
                keep=intake.keep,
                max_body=server.max_body,
            ),
            reader=store,
            inbox=store,
            sources_by_name=sources,
            replay=intake.replay,
            operations=build_operations(bridge),
            console_guard=(
                console_guard_for(server.console_auth, now) if server.console_auth else None
            ),
            readiness=partial(_readiness, bridge, rules),
            now=now,
            version=version("incident-bridge"),
        )
    )


def build_operations(bridge: Bridge) -> Operations:
    """Make what people may do to incidents."""
    store = bridge.store
    return Operations(store=store, notify=store.notify, now=now, new_id=new_id)


def _guarded_sources(
    settings: Settings, sources: Mapping[str, Source]
) -> tuple[Mapping[str, GuardedSource], Sequence[GuardedSource]]:
    """Guard the sources; apart are those that are found by routing key, the keyless last."""
    by_name: dict[str, GuardedSource] = {}
    events: list[GuardedSource] = []
    for name, source in sorted(settings.sources.items(), key=lambda item: _is_open(item[1])):
        guarded = GuardedSource(
            source=sources[name], guard=guard_for(source.auth, now), allow=source.allow
        )
        if source.type is pagerduty.TYPE:
            events.append(guarded)
        else:
            by_name[name] = guarded
    return by_name, events


def _is_open(source: SourceSettings) -> bool:
    return isinstance(source.auth, NoAuth)


def build_drill(bridge: Bridge, sleep: Callable[[float], None]) -> Drill:
    """Make the canary of a bridge that runs."""
    rules = DrillRules(rules=load_rule_book(bridge.settings))
    store = bridge.store

    def incident(incident_id: str) -> Incident | None:
        listed = store.incident(incident_id)
        return listed.incident if listed is not None else None

    return Drill(
        receive=build_intake(bridge, lambda: rules).receive,
        incident=incident,
        result=store.drill_result,
        now=now,
        new_id=new_id,
        sleep=sleep,
    )


def build_worker(bridge: Bridge) -> Worker:
    """Make the delivering side."""
    store = bridge.store
    owner = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    lanes = [
        Lane(
            backend=name,
            store=store,
            reconcile=_reconciler(bridge, desk).reconcile,
            concurrency=desk.limits.concurrency,
            owner=owner,
            now=now,
        )
        for name, desk in build_desks(bridge.settings).items()
    ]
    return Worker(
        lanes,
        store.wake_up(),
        lambda: store.beat(owner, now()),
        [Chore(name="prune", every=PRUNE_EVERY, do=partial(prune, bridge)), *_sweeps(bridge)],
    )


def _sweeps(bridge: Bridge) -> Iterator[Chore]:
    """Make a chore of asking each sender that can be asked which alerts are active."""
    settings, store = bridge.settings, bridge.store
    sources = build_sources(settings)
    for name, source in settings.sources.items():
        asked = source.type.ask(source.section)
        if asked is None:
            continue
        sweep = Sweep(
            source=sources[name],
            active=asked.active,
            known=partial(store.alerts_of, name),
            receive=build_intake(bridge, partial(load_rule_book, settings)).receive,
            note=lambda entries: store.change(lambda transaction: transaction.append(entries)),
            now=now,
            grace=asked.grace,
            receiver=asked.receiver,
        )
        yield Chore(name=f"sweep-{name}", every=asked.every, do=sweep.run)


def prune(bridge: Bridge) -> Pruned:
    """Forget what is over and old, as the settings say."""
    pruned = bridge.store.prune(bridge.settings.retention, now())
    if pruned.bodies or pruned.incidents:
        log.info("pruned", bodies=pruned.bodies, incidents=pruned.incidents)
    return pruned


def _reconciler(bridge: Bridge, desk: Desk) -> Reconciler:
    return Reconciler(
        store=bridge.store,
        backend=desk,
        now=now,
        new_id=new_id,
        token_of=partial(token_of, bridge.settings.instance),
        jitter=random.random,
        listening_since=now(),
    )


def _readiness(bridge: Bridge, rules: RuleBook) -> Sequence[Check]:
    return [
        _storage_check(bridge.store),
        Check(name="rules", ok=True, detail=f"version {rules.version[:12]}"),
        _worker_check(bridge.store),
        *(
            Check(name="configuration", ok=True, detail=str(warning))
            for warning in bridge.settings.warnings
        ),
    ]


def _storage_check(store: Store) -> Check:
    try:
        store.ping()
    except StoreUnavailable as error:
        return Check(name="storage", ok=False, detail=str(error))
    return Check(name="storage", ok=True, detail="reachable")


def is_worker_alive(store: Store) -> bool:
    """Say whether a worker was seen lately."""
    return _is_recent(store.last_beat())


def _is_recent(seen_at: datetime | None) -> bool:
    return seen_at is not None and now() - seen_at <= WORKER_SEEN_WITHIN


def _worker_check(store: Store) -> Check:
    try:
        seen_at = store.last_beat()
    except StoreUnavailable:
        return Check(name="worker", ok=False, detail="unknown while storage is down")
    if _is_recent(seen_at):
        return Check(name="worker", ok=True, detail="seen lately")
    return Check(
        name="worker", ok=False, detail="none seen lately; start `bridge worker` or `bridge serve`"
    )


def _secrets_of(settings: Settings) -> Sequence[str]:
    of_sources = [secret for source in settings.sources.values() for secret in source.auth.secrets]
    of_sources += [s for source in settings.sources.values() for s in _secrets_in(source.section)]
    of_backends = [
        s for backend in settings.backends.values() for s in _secrets_in(backend.section)
    ]
    console = settings.server.console_auth
    of_console = console.secrets if console else ()
    password = unquote(urlsplit(settings.database).password or "")
    return [*of_sources, *of_backends, *of_console, *([password] if password else [])]


def _secrets_in(section: Mapping[str, Any]) -> Sequence[str]:
    places = [inner for inner in section.values() if isinstance(inner, Mapping)]
    return [str(place[key]) for place in places for key in _SECRET_KEYS if place.get(key)]
