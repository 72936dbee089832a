"""The composition root: the one module that names concrete adapters together."""

import random
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask import Flask
from marshmallow import ValidationError
from ulid import ULID

from bridge.backends import Desk
from bridge.domain.errors import StoreUnavailable
from bridge.domain.ports import RuleBook, Source
from bridge.domain.retention import Pruned
from bridge.intake import Intake
from bridge.intake.describe import token_of
from bridge.operations import Operations
from bridge.reconciler import Reconciler
from bridge.rules import Rules, load_rules
from bridge.rules.live import LiveRules
from bridge.settings import Settings
from bridge.sources import SOURCES
from bridge.store import Store, open_store
from bridge.telemetry.logging import register_secret
from bridge.trial.explainer import Explainer
from bridge.web.app import WebDeps, create_app
from bridge.web.auth import console_guard_for, guard_for
from bridge.web.health import Check
from bridge.web.webhooks import GuardedSource
from bridge.worker import Chore, Lane, Worker

log = structlog.get_logger()

PRUNE_EVERY = timedelta(hours=1)
#: A worker shows life every few seconds; one that has missed several is gone.
WORKER_SEEN_WITHIN = timedelta(seconds=20)

_SECRET_KEYS = ("api_key", "password", "client_secret", "token")


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


def load_rule_book(settings: Settings, path: Path | None = None) -> Rules:
    """Load the rules, those of `path` if it is given; raise ConfigurationError."""
    return load_rules(
        [path or settings.rules],
        backends=settings.backends,
        default_backend=settings.default_backend,
    )


def live_rules(settings: Settings) -> LiveRules:
    """Load the rules as such that can be reloaded; raise ConfigurationError."""
    return LiveRules([settings.rules], partial(load_rule_book, settings), now)


def source_named(settings: Settings | None, name: str) -> Source:
    """Make the configured source of a name, or one of the type of that name; raise ValueError."""
    if settings is not None and name in settings.sources:
        source = settings.sources[name]
        return source.type.build(name, source.section)
    if name not in SOURCES:
        known = sorted({*SOURCES, *(settings.sources if settings is not None else ())})
        message = f"no source is named {name!r}; choose one of {', '.join(known)}"
        raise ValueError(message)
    type_ = SOURCES[name]
    try:
        section = type_.schema().load({"type": name, "auth": "none"})
    except ValidationError as exc:
        message = f"a source of type {name} says nothing by itself; configure it and give its name"
        raise ValueError(message) from exc
    return type_.build(name, section)


def build_desks(settings: Settings) -> Mapping[str, Desk]:
    """Make the adapter of every configured service desk."""
    return {
        name: backend.type.build(name, backend.section, settings.instance)
        for name, backend in settings.backends.items()
    }


def build_sources(settings: Settings) -> Mapping[str, Source]:
    """Make the reader of every configured source."""
    return {
        name: source.type.build(name, source.section) for name, source in settings.sources.items()
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


def build_web(bridge: Bridge, rules: LiveRules) -> Flask:
    """Make the web side; somebody else keeps the rules up to date."""
    settings, store = bridge.settings, bridge.store
    intake = build_intake(bridge, rules)
    sources = build_sources(settings)
    console_auth = settings.server.console_auth
    return create_app(
        WebDeps(
            sources={
                name: GuardedSource(
                    source=sources[name],
                    guard=guard_for(source.auth, now),
                )
                for name, source in settings.sources.items()
            },
            receive=intake.receive,
            reader=store,
            inbox=store,
            replay=intake.replay,
            operations=build_operations(bridge),
            max_body=settings.server.max_body,
            console_guard=console_guard_for(console_auth, now) if console_auth else None,
            readiness=partial(_readiness, bridge, rules),
            rules_in_force=lambda: rules.in_force,
            explain=Explainer(
                sources=sources,
                rules=rules,
                load=partial(load_rule_book, settings),
                desks=build_desks(settings),
                token=preview_token(settings),
                now=now,
            ),
            now=now,
            version=version("incident-bridge"),
        )
    )


def preview_token(settings: Settings) -> str:
    """Give a token of the usual form that no ticket carries."""
    return token_of(settings.instance, "PREVIEW".rjust(12, "0"))


def build_operations(bridge: Bridge) -> Operations:
    """Make what people may do to incidents."""
    store = bridge.store
    return Operations(store=store, notify=store.notify, now=now, new_id=new_id)


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
        [Chore(name="prune", every=PRUNE_EVERY, do=partial(prune, bridge))],
    )


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


def _readiness(bridge: Bridge, rules: LiveRules) -> Sequence[Check]:
    return [
        _storage_check(bridge.store),
        Check(name="rules", ok=True, detail=str(rules.in_force)),
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


def _worker_check(store: Store) -> Check:
    try:
        seen_at = store.last_beat()
    except StoreUnavailable:
        return Check(name="worker", ok=False, detail="unknown while storage is down")
    if seen_at is not None and now() - seen_at <= WORKER_SEEN_WITHIN:
        return Check(name="worker", ok=True, detail="seen lately")
    return Check(
        name="worker", ok=False, detail="none seen lately; start `bridge worker` or `bridge serve`"
    )


def _secrets_of(settings: Settings) -> Sequence[str]:
    of_sources = [secret for source in settings.sources.values() for secret in source.auth.secrets]
    of_backends = [
        s for backend in settings.backends.values() for s in _secrets_in(backend.section)
    ]
    console = settings.server.console_auth
    of_console = console.secrets if console else ()
    password = unquote(urlsplit(settings.database).password or "")
    return [*of_sources, *of_backends, *of_console, *([password] if password else [])]


def _secrets_in(section: Mapping[str, Any]) -> Sequence[str]:
    auth = section.get("auth")
    if not isinstance(auth, Mapping):
        return ()
    return [str(auth[key]) for key in _SECRET_KEYS if auth.get(key)]
