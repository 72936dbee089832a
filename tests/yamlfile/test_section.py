"""What schemas find is said in the words and places of the file."""

from datetime import timedelta

import pytest
from marshmallow import ValidationError, fields

from bridge.yamlfile import Section, Span, parse, schema_problems


class Inner(Section):
    port = fields.Integer(required=True)
    wait = Span(load_default=timedelta(0))


class Outer(Section):
    server = fields.Nested(Inner, required=True)
    names = fields.List(fields.String())
    by_name = fields.Dict(fields.String(), fields.Nested(Inner))


def problems(text: str) -> list[str]:
    document = parse(text, "x.yaml")
    with pytest.raises(ValidationError) as caught:
        Outer().load(document.data)  # type: ignore[arg-type]
    return [str(problem) for problem in sorted(schema_problems(document, caught.value))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "sevrer: {port: 1}\nserver: {port: 1}",
            "1:1: unknown key 'sevrer'; did you mean 'server'?",
        ),
        ("server: {port: 1, zzz: 2}", "1:19: unknown key 'zzz'; known here: port, wait"),
        ("server: {}", "1:1: server.port is missing; add it"),
        ("server: {port: many}", "1:10: server.port is not a whole number; write digits only"),
        ("server: 5", "1:1: server is not a mapping; write 'key: value' lines"),
        ("server: {port: }", "1:10: server.port is empty; give it a value or leave the key out"),
        (
            "server: {port: 1, wait: soon}",
            "1:19: server.wait: 'soon' is not a span of time; write it like 90s, 5m, 1h30m or 2d",
        ),
        ("server: {port: 1}\nnames: [a, 5]", "2:12: names.1 is not text; write text, in quotes"),
        (
            "server: {port: 1}\nby_name:\n  x: {port: b}",
            "3:7: by_name.x.port is not a whole number",
        ),
    ],
)
def test_each_mistake_is_said_where_it_stands_with_what_to_do(text: str, said: str) -> None:
    [problem] = problems(text)
    assert problem.startswith(f"x.yaml:{said}")


def test_all_mistakes_are_said_at_once() -> None:
    assert len(problems("servr: {}\nserver: {port: x, wiat: 5}\nnames: 3")) == 4
