"""A stand-in for Zammad: tickets, their articles and tags through the REST API."""

from bridge.sandbox.zammad.desk import ZammadSandbox

__all__ = ["ZammadSandbox"]
