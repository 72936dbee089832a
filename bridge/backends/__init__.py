"""The service desks the bridge can file at; one package each, found through one registry."""

from collections.abc import Mapping

from bridge.backends import jira, servicenow, serviceops, summit
from bridge.backends.desk import BackendType, Desk, Offer
from bridge.backends.section import BackendSection

#: A new desk is one package here, one line below, its sandbox, and a paragraph of documentation.
BACKENDS: Mapping[str, BackendType] = {
    type_.name: type_ for type_ in (summit.TYPE, serviceops.TYPE, servicenow.TYPE, jira.TYPE)
}

__all__ = ["BACKENDS", "BackendSection", "BackendType", "Desk", "Offer"]
