"""A stand-in for Motadata ServiceOps: both of its dialects over one store of tickets."""

from bridge.sandbox.serviceops.desk import ServiceOpsSandbox

__all__ = ["ServiceOpsSandbox"]
