"""The web side: webhooks, API and console."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version

from flask import Flask

from bridge.bootstrap.parts import (
    Bridge,
    build_desks,
    build_intake,
    build_operations,
    build_sources,
    load_rule_book,
    now,
)
from bridge.bootstrap.readiness import readiness as check_readiness
from bridge.domain.ports import Source
from bridge.intake.describe import token_of
from bridge.rules.live import LiveRules
from bridge.settings import Settings, SourceSettings
from bridge.sources import pagerduty
from bridge.sources.auth import NoAuth
from bridge.trial.explain import PREVIEW
from bridge.trial.explainer import Explainer
from bridge.web import (
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


def build_web(bridge: Bridge, rules: LiveRules, under_way: Callable[[], int] = lambda: 0) -> Flask:
    """Make the web side; somebody else keeps the rules up to date.

    `under_way` counts the requests that its server has begun to answer.
    """
    settings, store = bridge.settings, bridge.store
    server, sources = settings.server, build_sources(settings)
    # More than the gate lets in at once cannot come.
    intake = build_intake(bridge, rules, lambda: min(under_way(), server.threads))
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
            readiness=partial(check_readiness, bridge, rules),
            rules_in_force=lambda: rules.in_force,
            explain=Explainer(
                sources=sources,
                rules=rules,
                load=partial(load_rule_book, settings),
                desks=build_desks(settings),
                token=token_of(settings.instance, PREVIEW),
                now=now,
            ),
            now=now,
            version=version("incident-bridge"),
        )
    )


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
