"""A Jira of our own, and the adapter in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bridge.backends.jira import TYPE
from bridge.backends.jira.adapter import Jira, writer_of
from bridge.backends.jira.body import Look, Writer
from bridge.backends.jira.fields import CustomField
from bridge.sandbox.jira.words import CUSTOM
from tests.backends.stands import STANDS

CLOUD_AUTH = {"email": "bridge@example.com", "api_token": "sandbox-api-token"}
SERVER_AUTH = {"token": "sandbox-token"}
LEVELS = {"impact": "customfield_10004", "urgency": "customfield_10005"}
[CLOUD, DATACENTER] = [stand for stand in STANDS if stand.type == "jira"]


def section(url: str, **said: object) -> Mapping[str, Any]:
    """Load a section with all that a project at `url` needs."""
    auth = SERVER_AUTH if said.get("flavor") == "datacenter" else CLOUD_AUTH
    least = {"type": "jira", "url": url, "auth": auth, "project": "OPS"}
    loaded: Mapping[str, Any] = TYPE.schema().load({**least, **said})
    return loaded


def writer(**said: object) -> Writer:
    """Make what writes the bodies of a Jira that is called `jira`."""
    return writer_of("jira", section("https://jira.example.com", **said))


def somebody(text: str) -> str | None:
    """Find a person of any name."""
    return f"id of {text}"


def nobody(_text: str) -> str | None:
    """Find no person at all."""
    return None


def field(text: str) -> CustomField | None:
    """Find the fields that the stand-in has, by id or name."""
    for id_, about in CUSTOM.items():
        if text in (id_, about.name):
            return CustomField(
                id=id_, name=about.name, type=about.type, items=about.items, kind=about.kind
            )
    return None


EVERYTHING = Look(somebody, field)
NOTHING = Look(nobody, lambda _text: None)


@contextmanager
def desk_at(url: str, **said: object) -> Iterator[Jira]:
    """Make an adapter for the length of a block."""
    desk = Jira("desk", section(url, **said))
    try:
        yield desk
    finally:
        desk.close()
