"""`bridge desks` shows what there is, and helps to describe what there is not."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from bridge.backends import BACKENDS
from bridge.backends.rest.files import read_description, shipped
from bridge.cli import bridge
from tests.backends.rest_world import LEAST, WHOLE, described


def run(*arguments: str) -> str:
    result = CliRunner().invoke(bridge, ["desks", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_type_and_every_description_is_listed() -> None:
    listed = run("list")
    for name in BACKENDS:
        assert f"type: {name}\n" in listed
    for name in shipped():
        assert f"description: {name} " in listed
    said = json.loads(run("list", "--json"))
    assert said["types"] == sorted(BACKENDS)
    assert {"name": "zammad", "title": "Zammad"} in said["descriptions"]


@pytest.mark.parametrize("name", shipped())
def test_what_is_shown_is_a_description_to_start_from(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(run("show", name))
    assert read_description(file).title


def problems(said: Any) -> list[str]:
    schema = json.loads(run("schema"))
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(said)]


@pytest.mark.parametrize(
    "said", [LEAST, WHOLE, *(yaml.safe_load(file.read_text()) for file in shipped().values())]
)
def test_the_schema_takes_every_good_description(said: Any) -> None:
    assert problems(json.loads(json.dumps(said))) == []


@pytest.mark.parametrize(
    "said",
    [
        described(LEAST, titel="x"),
        described(LEAST, version=2),
        described(LEAST, requests__create=None),
        described(LEAST, requests__create__method="FETCH"),
        described(LEAST, requests__create__path="tickets"),
        described(LEAST, requests__create__json=[1]),
        described(LEAST, fields={"subjet": {}}),
        described(LEAST, ticket__id=None),
    ],
)
def test_the_schema_underlines_mistakes(said: Any) -> None:
    assert problems(said) != []
