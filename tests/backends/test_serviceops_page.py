"""The page on ServiceOps is true: its example loads, and its tables are what the bridge writes."""

import re
from pathlib import Path

import pytest
import yaml

from bridge.backends.serviceops import TYPE
from bridge.backends.serviceops.dialect import DIALECTS
from bridge.domain.spec import IncidentSpec, public_name
from bridge.sandbox.faults import FaultKind
from bridge.sandbox.serviceops import access
from bridge.sandbox.serviceops.words import LOCATIONS
from tests.backends.test_serviceops_body import writer
from tests.backends.test_serviceops_tables import CURRENT, LATER, ROWS, SEED, STATUSES, TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "desks" / "serviceops.md").read_text()


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """Give the cells of a section's table, without its head."""
    lines = re.findall(r"(?m)^\| (.+) \|$", section(heading))[1:]
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


def keys_of(dialect: str) -> dict[str, str]:
    """Give the keys of a dialect's table, an asterisk at the compulsory, and their origins."""
    table = rows(f"Field by field: `dialect: {dialect}`")
    return {
        key + star: origin
        for cell, origin, _ in table
        for key, star in re.findall(r"`(\w+)`(\*?)", cell)
    }


def test_the_example_is_a_section_that_loads() -> None:
    (example,) = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
    loaded = TYPE.schema().load(yaml.safe_load(example)["backends"]["serviceops"])
    assert loaded["transitions"]["muted"] == "Pending"


def test_the_older_apis_table_is_the_vendors_and_the_status() -> None:
    assert set(keys_of("incident")) == {*SEED, "status"}


def test_the_current_apis_table_is_the_vendors_and_the_requesters_name() -> None:
    assert set(keys_of("request")) == {*CURRENT, "requesterName"}


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_key_is_said_to_come_from_where_it_comes(dialect: str) -> None:
    origins = {key.rstrip("*"): origin for key, origin in keys_of(dialect).items()}
    for d, row in ROWS:
        if d == dialect:
            for name in row.said:
                assert f"`{public_name(name)}" in origins[row.key]
            for name in row.defaults:
                assert f"`defaults.{name}`" in origins[row.key]
    assert set(LATER[dialect]) <= set(origins)


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_every_field_of_a_spec_is_the_origin_of_a_key(dialect: str) -> None:
    said = section(f"Field by field: `dialect: {dialect}`")
    table = section("Field by field: `dialect: request`")
    named = set(re.findall(r"`(\w+)", said + table.partition("What has no key")[2]))
    fields = {public_name(name) for name in IncidentSpec.__dataclass_fields__}
    assert fields <= named


def test_the_table_of_words_is_what_comes_out() -> None:
    for word, level, reach in [[cell.strip("`") for cell in row] for row in rows("Words")]:
        spec = IncidentSpec(priority=word, urgency=word, impact=word)
        said = writer().create(spec, "IB", lambda _: None)
        assert (said["priority"], said["urgency"], said["impact"]) == (level, level, reach)
    assert len(rows("Words")) == 4


def test_the_table_of_types_is_the_vendors() -> None:
    told = [[cell.strip("`") for cell in row] for row in rows("Custom fields")]
    assert told == [[type_.value, str(number), text] for type_, number, _, _, _, text in TYPES]


def test_the_table_of_statuses_has_each() -> None:
    told = [row[0].strip("`") for row in rows("Life of a ticket")]
    assert told == list(dict.fromkeys(status for status, *_ in STATUSES))


def test_the_stand_in_is_as_described() -> None:
    described = section("Try it")
    for word in (access.KEY, *access.CLIENT, *access.USER, *LOCATIONS):
        assert f"`{word}`" in described
    assert f"--fail {FaultKind.ERROR_429_RESET}" in described
