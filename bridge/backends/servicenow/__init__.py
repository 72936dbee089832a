"""ServiceNow: incidents through the Table API."""

from bridge.backends.desk import BackendType
from bridge.backends.servicenow.adapter import build, vocabulary_of
from bridge.backends.servicenow.section import ServiceNowSection

TYPE = BackendType(
    name="servicenow", schema=ServiceNowSection, vocabulary=vocabulary_of, build=build
)

__all__ = ["TYPE"]
