"""`bridge demo`: the whole thing on loopback, with nothing to configure."""

from bridge.cli.demo.command import demo

__all__ = ["demo"]
