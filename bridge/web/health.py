"""For whoever watches the bridge: alive, ready, and its metrics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint, Response

from bridge.telemetry import metrics
from bridge.web.answers import json_answer
from bridge.web.errors import safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that has to hold before traffic should come."""

    name: str
    ok: bool
    detail: str  #: the reason, and what to do, when it does not hold


def blueprint(
    readiness: Callable[[], Sequence[Check]], version: str, render_metrics: Callable[[], bytes]
) -> Blueprint:
    """Serve /healthz, /readyz and /metrics, to anyone."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return json_answer({"status": "ok", "version": version})

    @routes.get("/readyz")
    def readyz() -> Response:
        checks = [replace(check, detail=safe(check.detail)) for check in readiness()]
        if all(check.ok for check in checks):
            return json_answer({"status": "ready", "checks": checks})
        unready = {"status": "not ready", "checks": checks}
        return json_answer(unready, HTTPStatus.SERVICE_UNAVAILABLE)

    @routes.get("/metrics")
    def show_metrics() -> Response:
        return Response(render_metrics(), content_type=metrics.CONTENT_TYPE)

    return routes
