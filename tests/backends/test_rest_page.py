"""The pages on described desks are true: every example loads, and every key has its row."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from marshmallow import Schema

from bridge.backends.rest.files import read_description, shipped
from bridge.backends.rest.filters import FILTERS
from bridge.backends.rest.records import Requests
from bridge.backends.rest.requests_schema import ALWAYS, LoginSection, RequestSection
from bridge.backends.rest.schema import DescriptionFile, TicketSection
from bridge.backends.rest.section import AuthSection, RestSection
from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from tests.backends.raw_server import answer, raw_server
from tests.backends.rest_world import desk_at, told
from tests.backends.stands import SPEC, TOKEN

PAGES = Path(__file__).parents[2] / "docs" / "desks"
PAGE = (PAGES / "rest.md").read_text()
BLOCKS = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
LEAST, WHOLE = (block for block in BLOCKS if block.startswith("version:"))


def backends() -> Iterator[Any]:
    for file in (PAGES / f"{name}.md" for name in ("rest", *shipped())):
        for block in re.findall(r"(?s)```yaml\n(.+?)```", file.read_text()):
            for said in (yaml.safe_load(block) or {}).get("backends", {}).values():
                yield pytest.param(said, id=file.stem)


@pytest.mark.parametrize("said", list(backends()))
def test_every_backend_that_is_shown_can_be_configured(said: dict[str, Any]) -> None:
    assert RestSection().load(said)["described"].title


@pytest.mark.parametrize("block", [LEAST, WHOLE])
def test_the_worked_example_is_a_description(block: str, tmp_path: Path) -> None:
    file = tmp_path / "tickle.yaml"
    file.write_text(block)
    assert read_description(file).title == "Tickle"


def test_each_step_of_the_example_is_a_part_of_its_whole() -> None:
    (answers,) = (block for block in BLOCKS if block.startswith("answers:"))
    assert answers in WHOLE


def keys_of(schema: type[Schema]) -> set[str]:
    return {field.data_key or name for name, field in schema().fields.items()}


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("## What a request may say", keys_of(RequestSection)),
        ("## The requests", set(Requests.__dataclass_fields__)),
        ("## How a ticket is shown", keys_of(TicketSection)),
        ("## The other keys", keys_of(DescriptionFile) - {"ticket", "requests"}),
        ("## The other keys", keys_of(LoginSection) - keys_of(RequestSection)),
        ("## In bridge.yaml", {"description", "url", "auth", "settings", "transitions"}),
        ("## In bridge.yaml", keys_of(AuthSection)),
        ("## Templates", {*FILTERS, *ALWAYS, "unmapped", "solution"}),
    ],
)
def test_every_key_is_explained(heading: str, keys: set[str]) -> None:
    part = PAGE.partition(f"{heading}\n")[2].partition("\n## ")[0]
    assert {key for key in keys if not re.search(rf"`[{{]?{key}\b", part)} == set()


def test_the_worked_example_works(tmp_path: Path) -> None:
    ticket = {
        "id": 7, "number": "T7", "state": "new", "ref": TOKEN, "title": "Disk full",
        "owner": None, "created": "2026-01-05T12:00:00+01:00", "priority": 1,
    }  # fmt: skip
    solved = {**ticket, "state": "solved"}
    answers = (
        answer(201, ticket), answer(200, {"tickets": [ticket]}), answer(200, ticket),
        answer(200, {**ticket, "state": "working"}), answer(200, solved),
    )  # fmt: skip
    said = yaml.safe_load(WHOLE)
    more = {"settings": {"team": "NOC"}, "auth": {"bearer": "abcd"}}
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, said, **more) as desk:
        filed = desk.create(replace(SPEC, impact="", tags=("a",), location="Paris"), TOKEN, "hi")
        (found,) = desk.find(TOKEN, datetime(2026, 1, 1, tzinfo=UTC))
        done = desk.resolve(found, SPEC, OnClear.RESOLVE, "over")
    assert told(server.received[0]) == {
        "ref": TOKEN, "state": "new", "queue": "Operations", "team": "NOC", "comment": "hi",
        "title": "Disk full", "text": "92 %\n\nLocation: Paris", "priority": 1, "labels": ["a"],
    }  # fmt: skip
    assert filed.number == found.number == "T7"
    assert [told(sent) for sent in server.received[3:]] == [
        {"state": "working"},
        {"state": "solved", "comment": "over"},
    ]
    assert not done.is_open


def test_the_worked_example_follows_the_stages(tmp_path: Path) -> None:
    ticket = {"id": 7, "number": "T7", "state": "new", "ref": TOKEN, "owner": None}
    answers = [
        answer(200, {**ticket, "state": word})
        for word in ("new", "new", "working", "working", "waiting", "waiting", "new", "new")
    ]
    said = yaml.safe_load(WHOLE)
    more = {"settings": {"team": "NOC"}, "transitions": {"muted": "waiting"}}
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, said, **more) as desk:
        assert desk.can.stages == {Stage.OPEN, Stage.ACKNOWLEDGED, Stage.MUTED}
        moved = desk.create(SPEC, TOKEN, "")
        for stage in (Stage.ACKNOWLEDGED, Stage.MUTED, Stage.OPEN):
            moved = desk.move(moved, SPEC, stage, f"now {stage.value}")
        assert not desk.read(moved).taken_over
    assert [told(sent) for sent in server.received if sent.method == "PATCH"] == [
        {"state": "working", "comment": "now acknowledged"},
        {"state": "waiting", "comment": "now muted"},
        {"state": "new", "comment": "now open"},
    ]


@pytest.mark.parametrize("name", shipped())
def test_a_page_names_every_setting(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text()
    settings = read_description(shipped()[name]).settings
    assert {
        key for key in settings if f"`{key}`" not in page and f"settings.{key}" not in page
    } == set()
