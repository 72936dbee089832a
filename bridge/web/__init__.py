"""The bridge over HTTP: webhooks in; pages, API, health and metrics out."""

from bridge.web.app import WebDeps, create_app
from bridge.web.auth import Guard, console_guard_for, guard_for
from bridge.web.health import Check
from bridge.web.webhooks import GuardedSource

__all__ = [
    "Check",
    "Guard",
    "GuardedSource",
    "WebDeps",
    "console_guard_for",
    "create_app",
    "guard_for",
]
