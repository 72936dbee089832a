"""The composition root: the one room that names concrete adapters together."""

from bridge.bootstrap.garbage import spare_what_is_loaded
from bridge.bootstrap.parts import (
    Bridge,
    build_desks,
    build_drill,
    build_intake,
    build_operations,
    build_sources,
    live_rules,
    load_rule_book,
    new_id,
    now,
    open_bridge,
)
from bridge.bootstrap.readiness import is_worker_alive
from bridge.bootstrap.web import build_web
from bridge.bootstrap.worker import build_worker, prune

__all__ = [
    "Bridge",
    "build_desks",
    "build_drill",
    "build_intake",
    "build_operations",
    "build_sources",
    "build_web",
    "build_worker",
    "is_worker_alive",
    "live_rules",
    "load_rule_book",
    "new_id",
    "now",
    "open_bridge",
    "prune",
    "spare_what_is_loaded",
]
