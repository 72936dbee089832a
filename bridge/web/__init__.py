"""The bridge over HTTP: webhooks in; pages, API, health and metrics out."""

from bridge.web.app import WebDeps, create_app
from bridge.web.auth import Guard, console_guard_for, guard_for
from bridge.web.door import Door, GuardedSource
from bridge.web.failures import Failures
from bridge.web.gate import Gate
from bridge.web.health import Check
from bridge.web.webhooks import Way

__all__ = [
    "Check",
    "Door",
    "Failures",
    "Gate",
    "Guard",
    "GuardedSource",
    "Way",
    "WebDeps",
    "console_guard_for",
    "create_app",
    "guard_for",
]
