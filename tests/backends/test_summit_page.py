"""The page on Summit is true: its example loads, and its tables have every field there is."""

import re
from pathlib import Path

import yaml

from bridge.backends.summit import TYPE
from bridge.backends.summit.envelope import DETAILS, FILE, LIST, UPLOAD
from bridge.backends.summit.look import MOST_TICKETS
from bridge.backends.summit.section import DefaultsSection, SummitTransitions
from bridge.domain.spec import IncidentSpec, public_name
from bridge.sandbox.summit import call, rules
from tests.backends.summit_tables import COMMON, FIELDS, MANDATORY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "desks" / "summit.md").read_text()


def part(heading: str) -> str:
    """Give a section of the page."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


ROWS = re.findall(r"(?m)^\| (`[^|]+) \| ([^|]+) \|", part("Field by field"))


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_the_example_is_a_section_that_loads() -> None:
    (example,) = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
    section = TYPE.schema().load(yaml.safe_load(example)["backends"]["summit"])
    assert section["transitions"]["muted"] == "Pending"
    assert section["custom_field_groups"] == {"Site": "Location"}


def test_every_field_of_the_vendors_page_has_its_row_and_no_other_does() -> None:
    named = [name for row, _ in ROWS for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(FIELDS)


def test_every_field_of_a_spec_is_the_origin_of_a_field() -> None:
    origins = {name for _, origin in ROWS for name in words(origin)} | words(part("Files"))
    assert {public_name(name) for name in IncidentSpec.__dataclass_fields__} <= origins


def test_every_default_is_the_origin_of_a_field() -> None:
    origins = {name for _, origin in ROWS for name in words(origin)}
    assert {f"defaults.{key}" for key in DefaultsSection().fields} <= origins


def test_what_each_status_demands_is_what_the_tables_do() -> None:
    said = part("Status by status")
    rows = re.findall(r"(?m)^\| ([A-Z][\w-]+) \| ([^|]+) \|", said)
    assert {status: words(fields) for status, fields in rows} == {
        status: set(fields.split()) for status, fields in MANDATORY.items()
    }
    assert words(said.partition(". The bridge")[0]) == set(COMMON.split())


def test_every_service_that_is_called_is_asked_for() -> None:
    services = re.findall(r"(?m)^\| `(\w+)` \| ", part("What the account needs"))
    assert sorted(services) == sorted([FILE, DETAILS, LIST, UPLOAD])


def test_how_far_a_search_looks_is_as_described() -> None:
    assert f"up to {MOST_TICKETS}" in part("What Summit does silently")


def test_the_stand_in_is_as_described() -> None:
    known = {*rules.PRIORITIES, "High", "Medium", "Low", *rules.SLASHED}
    assert known | {call.KEY, call.USER, call.PASSWORD} <= words(part("Try it"))


def test_the_configuration_names_every_key_of_a_summit() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    section = text.partition("\n### summit\n")[2].partition("\n### ")[0]
    for name, part_of in (("defaults", DefaultsSection()), ("transitions", SummitTransitions())):
        for key in part_of.fields:
            assert f"`{name}.{key}`" in section or f"`{key}`" in section, key
    for key in ("updater", "custom_field_groups", "attach", "container", "token_field", "reopen"):
        assert f"`{key}`" in section
    assert "desks/summit.md" in section
