"""A stand-in for ServiceNow: the Table API over incidents and what they refer to."""

from bridge.sandbox.servicenow.desk import ServiceNowSandbox

__all__ = ["ServiceNowSandbox"]
