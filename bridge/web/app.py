"""The Flask application, made of the parts that bootstrap hands in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response

from bridge.domain.ports import Clock
from bridge.domain.reading import InboxReader, Reader
from bridge.operations import Operations
from bridge.rules.live import InForce
from bridge.telemetry import metrics
from bridge.web import api, errors, explain, health, inbox, operations, pages, webhooks
from bridge.web.auth import Guard
from bridge.web.explain import Explain
from bridge.web.health import Check
from bridge.web.inbox import Replay
from bridge.web.webhooks import GuardedSource, Receive

_SLASHES = re.compile("/{2,}")

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """All that the web side needs from the rest of the bridge."""

    sources: Mapping[str, GuardedSource]  #: by configured name
    receive: Receive
    reader: Reader
    inbox: InboxReader
    replay: Replay
    operations: Operations
    max_body: int  #: in bytes
    console_guard: Guard | None  #: None: API and console are open
    readiness: Callable[[], Sequence[Check]]
    rules_in_force: Callable[[], InForce]
    explain: Explain
    now: Clock
    version: str


def create_app(deps: WebDeps) -> Flask:
    """Make the WSGI application."""
    app = _App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = deps.max_body
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    errors.install(app)
    pages.prepare_templates(app, deps.rules_in_force)
    app.register_blueprint(webhooks.blueprint(deps.sources, deps.receive, deps.max_body))
    app.register_blueprint(api.blueprint(deps.reader, deps.console_guard, deps.version))
    app.register_blueprint(operations.blueprint(deps.reader, deps.operations, deps.console_guard))
    plain_sources = {name: guarded.source for name, guarded in deps.sources.items()}
    app.register_blueprint(
        inbox.blueprint(deps.inbox, plain_sources, deps.replay, deps.console_guard)
    )
    app.register_blueprint(
        health.blueprint(
            deps.readiness,
            deps.version,
            lambda: metrics.render(deps.reader, deps.now(), deps.rules_in_force().rules.version),
        )
    )
    app.register_blueprint(explain.blueprint(deps.explain, deps.console_guard))
    app.register_blueprint(pages.blueprint(deps.reader, deps.console_guard))
    app.after_request(_harden)
    return app


class _App(Flask):
    """Answers where Flask would redirect: Alertmanager follows a redirect with an empty GET."""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = _SLASHES.sub("/", environ.get("PATH_INFO", ""))
        return super().wsgi_app(environ, start_response)


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
