"""Templates of descriptions: what they give, and that neither they nor alerts do harm by them."""

import inspect
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.rest.adapter import RestDesk
from bridge.backends.rest.body import Left, Members, json_of, part_of
from bridge.backends.rest.fields import compiler_of
from bridge.domain.errors import TicketRefused
from bridge.domain.json import JsonValue
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, IncidentSpec
from bridge.domain.ticket import Ticket, TicketState
from bridge.expressions import compile_query
from tests.backends.raw_server import answer, raw_server
from tests.backends.rest_world import LEAST, described, desk_at, section, told
from tests.backends.stands import SPEC, TOKEN

NAMES = ("text", "number", "list", "object", "empty", "moment", "yes")
SCOPE: Mapping[str, object] = {
    "text": "a\"b'c\n{{ x }}",
    "number": 7,
    "list": ["a", 2],
    "object": {"k": {"deep": [True, None]}},
    "empty": "",
    "moment": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "yes": True,
}


def render(value: JsonValue) -> JsonValue | Left:
    """Compile and render a body."""
    part, faults = part_of(value, compiler_of(NAMES).value)
    assert not faults
    return part.render(SCOPE)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("{{ number }}", 7),
        ("{{ list }}", ["a", 2]),
        ("{{ object }}", {"k": {"deep": [True, None]}}),
        ("{{ yes }}", True),
        ("{{ text }}", "a\"b'c\n{{ x }}"),
        ("{{ moment }}", "2026-01-05T12:00:00Z"),
        ("{{ moment | after('1d') }}", "2026-01-06T12:00:00Z"),
        ("{{ {'a': [number, moment]} }}", {"a": [7, "2026-01-05T12:00:00Z"]}),
        ("{{ none }}", None),
        ("no {{ number }}", "no 7"),
        ("{{ number }} ", "7 "),
        ("{% if yes %}{{ number }}{% endif %}", "7"),
        ("plain", "plain"),
        (5, 5),
        ({"a?": "{{ empty }}", "b": "{{ empty }}", "c?": "{{ number }}"}, {"b": "", "c": 7}),
        ({"a?": [], "b?": {}, "c?": None, "d?": False, "e?": 0}, {"d": False, "e": 0}),
        ({"a": {"$when": "empty", "b": 1}, "c": {"$when": "text", "d": 1}}, {"c": {"d": 1}}),
        ([{"$when": "empty"}, {"$when": "yes", "x": 1}], [{"x": 1}]),
        ("{{ text | html }}", "a&quot;b&#x27;c<br>{{ x }}"),
        ("{{ 'é' | base64 }}", "w6k="),
        ("{{ {'a': 1} | pairs('text', 'href') }}", [{"text": "a", "href": 1}]),
    ],
)
def test_a_part_gives_what_it_says(said: JsonValue, given: JsonValue) -> None:
    assert render(said) == given


def test_a_whole_body_can_be_left_out() -> None:
    assert render({"$when": "empty", "a": 1}) is Left.OUT


def test_only_json_comes_out_of_an_expression() -> None:
    with pytest.raises(TypeError, match="is nothing to write"):
        json_of("x".upper)
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(ValueError, match="nested too deeply"):
        json_of(deep)


@pytest.mark.parametrize(
    "template",
    [
        "{{ text.__class__ }}",
        "{{ text.__class__.__mro__ }}",
        "{{ ''.format }}",
        "{{ '{0.__class__}'.format(text) }}",
        "{{ text * 1000000000 }}",
        "{{ object.pop('k') }}",
        "{{ list.append(1) }}",
        "{{ text | attr('x') }}",
        "{{ missing }}",
        "{% for a in list %}{% for b in list %}{% endfor %}{% endfor %}",
        "{% include 'x' %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ lipsum() }}",
        "{{ cycler }}",
    ],
)
def test_a_hostile_template_is_refused_or_fails(template: str) -> None:
    with pytest.raises(Exception, match=r".+") as caught:
        render_or_raise(template)
    assert not isinstance(caught.value, MemoryError | RecursionError)


def render_or_raise(template: str) -> object:
    part, faults = part_of(template, compiler_of(NAMES).value)
    if faults:
        raise ValueError(str(faults))
    return part.render(SCOPE)


@pytest.mark.parametrize(
    "template",
    [
        "{% for c in big %}{{ big }}{% endfor %}",
        "{{ big ~ big ~ big ~ big ~ big }}",
        "{{ big + big + big + big + big }}",
        "{{ [big, big, big, big, big] | join }}",
        "{{ big | replace('a', big) }}",
        "{% for c in big %}x{% endfor %}",
    ],
)
def test_no_template_fills_the_memory(template: str) -> None:
    part, faults = part_of(template, compiler_of(("big",)).value)
    assert not faults
    with pytest.raises(Exception, match="more than"):
        part.render({"big": "a" * 100_000})


def test_a_mapping_knows_what_all_of_it_uses() -> None:
    part, _ = part_of(
        {"a": "{{ text }}", "b": ["{{ number }}"], "$when": "yes"}, compiler_of(NAMES).value
    )
    assert isinstance(part, Members)
    assert part.names == {"text", "number", "yes"}


def test_a_path_that_runs_out_of_stack_finds_nothing() -> None:
    query = compile_query(f"{'[' * 60}a{']' * 60}")

    def below(calls: int) -> JsonValue:
        return below(calls - 1) if calls else query.find({"a": 1})

    assert below(0) is not None
    assert below(sys.getrecursionlimit() - len(inspect.stack()) - 60) is None


def at(path: Path, url: str, **changes: object) -> Any:
    """Make a desk whose description is the least but for some changes."""
    return desk_at(path, url, described(LEAST, **changes))


def test_an_alert_cannot_write_templates_or_json(tmp_path: Path) -> None:
    evil = '", "admin": true, "x": "{{ settings }}{% raw %}'
    with raw_server(answer(201, {"id": 1})) as server, at(tmp_path, server.url) as desk:
        desk.create(replace(SPEC, subject=evil), TOKEN, "")
    assert told(server.received[0]) == {"title": evil, "ref": TOKEN}


def ticket(id_: str) -> Ticket:
    return Ticket(number=id_, id=id_, status="", state=TicketState.OPEN)


@pytest.mark.parametrize(
    ("id_", "target"),
    [
        ("a/b", "/tickets/a%2Fb/close"),
        ("../x", "/tickets/..%2Fx/close"),
        ("a?b=c#d", "/tickets/a%3Fb%3Dc%23d/close"),
        ("a b%", "/tickets/a%20b%25/close"),
    ],
)
def test_a_value_in_a_path_is_one_segment_of_it(tmp_path: Path, id_: str, target: str) -> None:
    with raw_server(answer()) as server, at(tmp_path, server.url) as desk:
        desk.resolve(ticket(id_), SPEC, OnClear.RESOLVE, "")
    assert server.received[0].target == target


@pytest.mark.parametrize("id_", ["..", ".", ""])
def test_a_value_that_would_lead_elsewhere_is_refused(tmp_path: Path, id_: str) -> None:
    with raw_server(answer()) as server, at(tmp_path, server.url) as desk:
        with pytest.raises(TicketRefused, match="is no part of a path; correct it in the desc"):
            desk.resolve(ticket(id_), SPEC, OnClear.RESOLVE, "")
        assert server.received == []


def test_queries_and_headers_hold_what_they_are_given(tmp_path: Path) -> None:
    changes = {
        "requests__create__query": {"q": "{{ subject }}", "none?": "{{ category }}"},
        "requests__create__headers": {"X-Note": "{{ note }}"},
    }
    with raw_server(answer(201, {"id": 1})) as server, at(tmp_path, server.url, **changes) as desk:
        desk.create(replace(SPEC, subject="a&b=c d"), TOKEN, "line\r\nX-Evil: 1")
    [sent] = server.received
    assert sent.target == "/tickets?q=a%26b%3Dc+d"
    assert sent.headers["x-note"] == "line X-Evil: 1"
    assert "x-evil" not in sent.headers


def test_a_header_says_what_of_a_text_a_header_can(tmp_path: Path) -> None:
    changes = {"requests__create__headers": {"X-Title": "{{ subject }}"}}
    with raw_server(answer(201, {"id": 1})) as server, at(tmp_path, server.url, **changes) as desk:
        desk.create(replace(SPEC, subject="Spücher \u2013 voll"), TOKEN, "")
    assert server.received[0].headers["x-title"] == "Spücher ? voll"


def test_a_form_is_encoded(tmp_path: Path) -> None:
    changes = {"requests__create__json": None, "requests__create__form": {"t": "{{ subject }}"}}
    with raw_server(answer(201, {"id": 1})) as server, at(tmp_path, server.url, **changes) as desk:
        desk.create(replace(SPEC, subject="a&b"), TOKEN, "")
    [sent] = server.received
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.body == b"t=a%26b"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"a": "{{ CustomFields.Site }}"}, "there is no 'Site' here"),
        ({"a": "{{ priority | int + subject }}"}, "a template fails"),
    ],
)
def test_a_template_that_fails_refuses_the_ticket_and_says_where(
    tmp_path: Path, body: Mapping[str, str], words: str
) -> None:
    with (
        raw_server(answer(201, {"id": 1})) as server,
        at(tmp_path, server.url, requests__create__json=body) as desk,
    ):
        with pytest.raises(TicketRefused, match="desk: create: a template fails") as caught:
            desk.create(SPEC, TOKEN, "")
        assert words in str(caught.value)
        assert server.received == []


def test_a_failing_template_tells_no_secret(tmp_path: Path) -> None:
    changes = {
        "settings": {"password": {"secret": True}},
        "requests__create__json": {"a": "{{ settings.password | round }}"},
    }
    loaded = section(tmp_path, "http://127.0.0.1:9", described(LEAST, **changes),
                     settings={"password": "s3cret-one"})  # fmt: skip
    desk = RestDesk("desk", loaded, "eu")
    with pytest.raises(TicketRefused) as caught:
        desk.create(SPEC, TOKEN, "")
    assert "s3cret-one" not in str(caught.value)
    desk.close()


def test_texts_are_cut_to_what_the_desk_takes(tmp_path: Path) -> None:
    changes = {
        "texts": {"subject": 20, "description": 30, "note": 40},
        "requests__create__json": {
            "s": "{{ subject }}", "d": "{{ description }}", "n": "{{ note }}",
        },
    }  # fmt: skip
    spec = IncidentSpec(subject="s" * 50, description="d" * 50)
    with raw_server(answer(201, {"id": 1})) as server, at(tmp_path, server.url, **changes) as desk:
        desk.create(spec, TOKEN, "n" * 50)
    said = told(server.received[0])
    assert {name: len(text) for name, text in said.items()} == {"s": 20, "d": 30, "n": 40}


def test_custom_fields_keep_their_types_and_can_be_the_body(tmp_path: Path) -> None:
    spec = replace(
        SPEC, custom_fields={"n": CustomField(value=3), "l": CustomField(value=["a", "b\0"])}
    )
    with (
        raw_server(answer(201, {"id": 1})) as server,
        at(tmp_path, server.url, fields={"CustomFields": "{{ CustomFields }}"}) as desk,
    ):
        desk.create(spec, TOKEN, "")
    assert told(server.received[0])["n"] == 3
    assert told(server.received[0])["l"] == ["a", "b"]


def test_a_fragment_that_is_no_object_refuses_the_ticket(tmp_path: Path) -> None:
    with (
        raw_server(answer()) as server,
        at(tmp_path, server.url, fields={"subject": "{{ subject }}"}) as desk,
        pytest.raises(TicketRefused, match="which is no object; correct it"),
    ):
        desk.create(SPEC, TOKEN, "")
