"""What the bridge can be told by: one module per wire format, listed here by its `type`."""

from collections.abc import Mapping
from types import MappingProxyType

from bridge.sources import alertmanager, generic, grafana, pagerduty
from bridge.sources.section import SourceSection, SourceType

__all__ = ["SOURCES", "SourceSection", "SourceType"]

SOURCES: Mapping[str, SourceType] = MappingProxyType(
    {
        source.name: source
        for source in (alertmanager.TYPE, generic.TYPE, grafana.TYPE, pagerduty.TYPE)
    }
)
