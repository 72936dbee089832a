"""The custom fields of a desk, from a form whose shape nobody documents."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bridge.backends.desk import Limits
from bridge.backends.http import HttpClient
from bridge.backends.sending import Connection
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.form import Form, field_ids
from bridge.backends.serviceops.oauth import api_key
from tests.backends.raw_server import RawServer, answer, raw_server


@dataclass
class Asked:
    """A form, its desk and its clock."""

    server: RawServer
    form: Form
    now: list[float] = field(default_factory=lambda: [0.0])


@pytest.fixture
def asked() -> Iterator[Asked]:
    """A desk whose form gains a field after it was first read."""
    first = answer(200, {"fields": [{"id": 101, "name": "Event ID"}]})
    later = answer(200, b'[{"id": "101", "label": "Event ID"}, {"id": 102, "label": "Score"}]')
    with raw_server(first, later) as server:
        client = HttpClient("desk", Connection(url=server.url, limits=Limits()))
        now = [0.0]
        yield Asked(server, Form(Api(client, api_key("k")), clock=lambda: now[0]), now)
        client.close()


def test_digits_are_an_id_and_nobody_is_asked(asked: Asked) -> None:
    assert asked.form.id_of("35") == "35"
    assert asked.server.received == []


def test_a_name_is_looked_up_whatever_its_case(asked: Asked) -> None:
    assert asked.form.id_of("event  id") == "101"
    assert asked.server.received[0].target == "/api/ususer/form/incident"


def test_an_unknown_name_is_looked_for_again_after_a_while(asked: Asked) -> None:
    assert asked.form.id_of("Score") is None
    assert asked.form.id_of("Score") is None
    assert len(asked.server.received) == 1
    asked.now[0] = 301.0
    assert asked.form.id_of("Score") == "102"


def test_a_preview_knows_what_was_asked_before(asked: Asked) -> None:
    assert asked.form.known_id_of("Event ID") == "Event ID"
    asked.form.id_of("Event ID")
    assert asked.form.known_id_of("Event ID") == "101"
    assert len(asked.server.received) == 1


def test_a_form_of_any_shape_gives_ids_by_name() -> None:
    form = {
        "sections": [
            {
                "rows": [
                    {"id": 7, "label": "Severity", "options": [{"id": 1, "name": "High"}]},
                    {"id": "8", "displayName": "High"},
                    {"id": None, "name": "Broken"},
                    {"name": "No id"},
                    "text",
                ]
            }
        ]
    }
    assert field_ids(form) == {"severity": "7", "high": "8"}
    assert field_ids(None) == {}
