"""The page on Jira is true: its example loads, and its table has every field there is."""

import re
from datetime import timedelta
from pathlib import Path

import yaml

from bridge.backends.jira import TYPE
from bridge.backends.jira.body import USUAL
from bridge.backends.jira.route import USUAL_ENDS, USUAL_WORK
from bridge.backends.jira.section import MAPPABLE
from bridge.backends.transitions import stages_of
from bridge.domain.spec import IncidentSpec, public_name
from bridge.domain.stage import Stage
from bridge.sandbox.jira import access, words
from tests.backends.test_jira_body import ALWAYS, FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "desks" / "jira.md").read_text()
LIFE = PAGE.partition("## Life of a ticket")
ROWS = re.findall(r"(?m)^\| (`[^|]+|[a-z ]+) \| ([^|]+) \| ([^|]+) \|$", LIFE[0])


def test_the_example_is_a_section_that_loads() -> None:
    (example,) = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
    section = TYPE.schema().load(yaml.safe_load(example)["backends"]["jira"])
    assert section["transitions"]["close_after"] == timedelta(days=3)
    assert stages_of(section["transitions"]) == {Stage.OPEN, Stage.ACKNOWLEDGED, Stage.MUTED}


def test_every_field_that_is_written_has_its_row_and_no_other_does() -> None:
    written = {field for _, _, fields in FIELDS for field in fields if "_" not in field}
    raw = {"duedate"}
    by_transitions, configured = {"resolution"}, {"fields"}
    rows = {name for row, _, _ in ROWS for name in re.findall(r"`(\w+)`", row)}
    assert rows == (written - raw) | set(ALWAYS) | by_transitions | configured


def test_every_field_of_a_spec_is_the_origin_of_a_field() -> None:
    origins = " ".join(origin for _, origin, _ in ROWS)
    named = {re.split(r"\W", name)[0] for name in re.findall(r"`([^`]+)`", origins)}
    assert {public_name(name) for name in IncidentSpec.__dataclass_fields__} <= named


def test_what_may_be_mapped_and_what_words_come_to_is_as_described() -> None:
    (mapped,) = [origin for row, origin, _ in ROWS if row == "`fields`"]
    assert set(re.findall(r"`(\w+)`", mapped)) == set(MAPPABLE)
    (how,) = [how for row, _, how in ROWS if row == "`priority`"]
    said = dict(re.findall(r"`(\w+)` (?:is )?`(\w+)`", how))
    assert said == USUAL["priority"]
    assert f"`high` is `{USUAL['impact']['high']}`" in PAGE


def test_the_usual_ways_are_as_described() -> None:
    assert f"over `{USUAL_WORK[0]}` to the first of" in LIFE[2]
    ends = re.search(r"to the first of (.+?) that is offered", LIFE[2])
    assert ends is not None
    assert tuple(re.findall(r"`(\w+)`", ends[1])) == USUAL_ENDS


def test_the_stand_in_is_as_described() -> None:
    described = PAGE.partition("## Try it")[2]
    people = [person.name for person in words.PEOPLE]
    for word in (
        *people,
        *words.COMPONENTS,
        *words.STATUSES,
        *words.ISSUE_TYPES.values(),
        words.PROJECT,
        access.API_TOKEN,
        access.TOKEN,
        access.PASSWORD,
    ):
        assert f"`{word}`" in described
