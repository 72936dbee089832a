"""The Flask application, made of the parts that bootstrap hands in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from bridge.domain.ports import Clock, Source
from bridge.domain.reading import InboxReader, Reader
from bridge.operations import Operations
from bridge.rules.live import InForce
from bridge.telemetry import metrics
from bridge.telemetry.logging import without_tokens
from bridge.web import api, errors, events, explain, health, inbox, operations, pages, webhooks
from bridge.web.auth import Guard
from bridge.web.door import GuardedSource
from bridge.web.explain import Explain
from bridge.web.health import Check
from bridge.web.inbox import Replay
from bridge.web.webhooks import Way

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_SLASHES = re.compile("/{2,}")

#: What every answer says unless it says otherwise, by the name in small letters.
_HEADERS = {
    "cache-control": ("Cache-Control", "no-store"),
    "content-security-policy": (
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    "referrer-policy": ("Referrer-Policy", "no-referrer"),
    "x-content-type-options": ("X-Content-Type-Options", "nosniff"),
    "x-frame-options": ("X-Frame-Options", "DENY"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """All that the web side needs from the rest of the bridge."""

    sources: Mapping[str, GuardedSource]  #: by configured name
    events: Sequence[GuardedSource]  #: those of PagerDuty's kind; one without a key comes last
    way: Way
    reader: Reader
    inbox: InboxReader
    sources_by_name: Mapping[str, Source]  #: of every kind
    replay: Replay
    operations: Operations
    console_guard: Guard | None  #: None: API and console are open
    readiness: Callable[[], Sequence[Check]]
    rules_in_force: Callable[[], InForce]
    explain: Explain
    now: Clock
    version: str


def create_app(deps: WebDeps) -> Flask:
    """Make the WSGI application."""
    app = _App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = deps.way.max_body
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    errors.install(app)
    pages.prepare_templates(app, deps.rules_in_force)
    app.register_blueprint(webhooks.blueprint(deps.sources, deps.way))
    app.register_blueprint(events.blueprint(deps.events, deps.way))
    app.register_blueprint(api.blueprint(deps.reader, deps.console_guard, deps.version))
    app.register_blueprint(operations.blueprint(deps.reader, deps.operations, deps.console_guard))
    app.register_blueprint(
        inbox.blueprint(deps.inbox, deps.sources_by_name, deps.replay, deps.console_guard)
    )
    app.register_blueprint(
        health.blueprint(
            deps.readiness,
            deps.version,
            lambda: metrics.render(deps.reader, deps.now(), deps.rules_in_force().rules.version),
        )
    )
    app.register_blueprint(explain.blueprint(deps.explain, deps.console_guard))
    app.register_blueprint(pages.blueprint(deps.reader, deps.inbox, deps.console_guard))
    return app


class _App(Flask):
    """Answers where Flask would redirect: Alertmanager follows a redirect with an empty GET."""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.setdefault("PATH_INFO", "")
        if "//" in path:
            environ["PATH_INFO"] = _SLASHES.sub("/", path)
        try:
            return super().wsgi_app(environ, partial(_harden, start_response))
        finally:
            _hide_tokens(environ)


def _harden(
    start_response: StartResponse,
    status: str,
    headers: list[tuple[str, str]],
    exc_info: ErrorInfo | None = None,
) -> Callable[[bytes], object]:
    """Start the answer; here, as Flask's own headers are looked up one by one for each of ours."""
    said = {name.lower() for name, _ in headers}
    headers += [header for name, header in _HEADERS.items() if name not in said]
    return start_response(status, headers, exc_info)


def _hide_tokens(environ: WSGIEnvironment) -> None:
    """Leave no query token for the server's access log, which is written after this."""
    for name in ("QUERY_STRING", "RAW_URI", "REQUEST_URI"):
        if name in environ:
            environ[name] = without_tokens(environ[name])
