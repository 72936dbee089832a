"""Motadata ServiceOps: tickets of /api/v1/incident, or /api/v1/request of current versions."""

from bridge.backends.desk import BackendType
from bridge.backends.serviceops.adapter import build, vocabulary_of
from bridge.backends.serviceops.section import ServiceOpsSection

TYPE = BackendType(
    name="serviceops", schema=ServiceOpsSection, vocabulary=vocabulary_of, build=build
)

__all__ = ["TYPE"]
