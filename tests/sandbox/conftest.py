"""Stand-in desks that are served, and a client to call them."""

from collections.abc import Iterator

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox


def served(name: str) -> Iterator[Sandbox]:
    desk = SANDBOXES[name]()
    desk.start()
    yield desk
    desk.stop()


@pytest.fixture
def summit() -> Iterator[Sandbox]:
    yield from served("summit")


@pytest.fixture
def serviceops() -> Iterator[Sandbox]:
    yield from served("serviceops")


@pytest.fixture
def servicenow() -> Iterator[Sandbox]:
    yield from served("servicenow")


@pytest.fixture
def jira() -> Iterator[Sandbox]:
    yield from served("jira")


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
