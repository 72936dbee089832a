"""A ServiceNow instance of our own, and the adapter in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bridge.backends.servicenow import TYPE
from bridge.backends.servicenow.adapter import ServiceNow, vocabulary_of
from bridge.backends.servicenow.body import Writer
from bridge.backends.servicenow.references import Reference
from tests.backends.stands import STANDS, World
from tests.backends.stands import running_world as running

USER = {"username": "bridge", "password": "sandbox-password"}
SYS_ID = "0123456789abcdef0123456789abcdef"
[STAND] = [stand for stand in STANDS if stand.type == "servicenow"]


def section(url: str, **said: object) -> Mapping[str, Any]:
    """Load a section with all that an instance at `url` needs."""
    least = {"type": "servicenow", "url": url, "auth": USER}
    loaded: Mapping[str, Any] = TYPE.schema().load({**least, **said})
    return loaded


def writer(**said: object) -> Writer:
    """Make what writes the bodies of an instance that is called `snow`."""
    loaded = section("https://snow.example.com", **said)
    return Writer(
        name="snow",
        bridge="incident-bridge eu",
        vocabulary=vocabulary_of(loaded),
        defaults=loaded["defaults"],
        states=loaded["states"],
        stages=loaded["transitions"],
        max_subject=loaded["max_subject"],
        max_description=loaded["max_description"],
    )


def everything_is_known(reference: Reference) -> str | None:
    """Find a record for any name."""
    return f"{reference.table}.{reference.column}:{reference.text}"


def nothing_is_known(_reference: Reference) -> str | None:
    """Find no record at all."""
    return None


@contextmanager
def desk_at(url: str, **said: object) -> Iterator[ServiceNow]:
    """Make an adapter for the length of a block."""
    desk = ServiceNow("desk", section(url, **said), "eu")
    try:
        yield desk
    finally:
        desk.close()


@contextmanager
def running_world() -> Iterator[World]:
    """Run a sandbox for the length of a test."""
    with running(STAND) as world:
        yield world
