"""What every role of the bridge is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ulid import ULID

from bridge.backends import Desk
from bridge.backends.confirm import confirm
from bridge.domain.incident import Incident
from bridge.domain.ports import RuleBook, Source
from bridge.drill import Drill, DrillRules
from bridge.intake import Intake
from bridge.operations import Operations
from bridge.rules import Rules, load_rules
from bridge.rules.live import LiveRules
from bridge.settings import Settings
from bridge.sources.limits import Limited
from bridge.store import Store, open_store
from bridge.telemetry.logging import register_secret

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


def build_intake(
    bridge: Bridge,
    rules: Callable[[], RuleBook] | None = None,
    coming: Callable[[], int] = lambda: 0,
) -> Intake:
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
        confirm=confirm,
        coming=coming,
    )


def build_operations(bridge: Bridge) -> Operations:
    """Make what people may do to incidents."""
    store = bridge.store
    return Operations(store=store, notify=store.notify, now=now, new_id=new_id)


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
