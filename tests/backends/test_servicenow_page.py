"""The page on ServiceNow is true: its example loads, and its table has every column there is."""

import re
from pathlib import Path

import yaml

from bridge.backends.servicenow import TYPE
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec, public_name
from bridge.domain.stage import Stage
from bridge.sandbox.servicenow import access
from bridge.sandbox.servicenow.tables import REFERENCES, TABLES
from bridge.sandbox.servicenow.words import STATES
from tests.backends.servicenow_world import everything_is_known, writer
from tests.backends.test_servicenow_body import ALWAYS, FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "desks" / "servicenow.md").read_text()
HOLDING = {"defaults": {"hold_reason": 5}, "transitions": {"muted": 3}}
ROWS = re.findall(
    r"(?m)^\| (`[^|]+|any other|a file) \| ([^|]+) \|", PAGE.partition("## Priority")[0]
)


def test_the_example_is_a_section_that_loads() -> None:
    (example,) = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
    section = yaml.safe_load(example)["backends"]["servicenow"]
    assert TYPE.schema().load(section)["defaults"]["workgroup"] == "NOC"


def test_every_column_that_is_written_has_its_row_and_no_other_does() -> None:
    written = {column for _, columns in FIELDS for column in columns if "_" not in column[:2]}
    written |= set(ALWAYS) | {"contact_type", "priority"}
    written |= set(writer().rest(IncidentSpec(), OnClear.RESOLVE, "over"))
    written |= set(writer(**HOLDING).moving(Stage.MUTED, "muted"))
    raw = {"business_service"}
    rows = {name for row, _ in ROWS for name in re.findall(r"`([a-z_]+)`", row)}
    assert rows == written - raw


def test_every_field_of_a_spec_is_the_origin_of_a_column() -> None:
    origins = " ".join(origin for _, origin in ROWS)
    named = {re.split(r"\W", name)[0] for name in re.findall(r"`([^`]+)`", origins)}
    assert {public_name(name) for name in IncidentSpec.__dataclass_fields__} <= named


def test_the_table_of_priorities_is_what_comes_out() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)`[^|]* \| (\d), (\d) \|$", PAGE)
    assert len(rows) == 5
    for word, impact, urgency in rows:
        body = writer().create(IncidentSpec(priority=word), "IB", "", everything_is_known)
        assert (body["impact"], body["urgency"]) == (impact, urgency)


def test_the_table_of_stages_is_what_comes_out() -> None:
    labels = {label: value for value, label in STATES.items()}
    rows = re.findall(
        r"(?m)^\| (not given|`\d`) \| ([A-Z][\w ]+?)(?: \(.*?)? \| ([A-Z]\w+(?: [A-Z]\w+)?)", PAGE
    )
    assert len(rows) == 3
    for said, new, back in rows:
        transitions = {"muted": 4} | ({} if said == "not given" else {"open": said.strip("`")})
        writing = writer(transitions=transitions)
        body = writing.create(IncidentSpec(), "IB", "", everything_is_known)
        assert body["state"] == labels[new]
        assert writing.moving(Stage.OPEN, "")["state"] == labels[back]


def test_the_stand_in_is_as_described() -> None:
    described = PAGE.partition("## Try it")[2]
    tables = [TABLES[table] for table in sorted(set(REFERENCES.values()))]
    names = [row.get("user_name", row["name"]) for rows in tables for row in rows]
    for word in (*names, access.KEY, *access.CLIENT, access.PASSWORD, access.BLIND, access.READER):
        assert f"`{word}`" in described
