"""The vendor's tables, row by row: what the bridge writes for each key, and where it takes it from.

The tables are those of "POST Create an Incident" (the older API) and of "POST Create a Request" and
"PATCH Update a Request" (the current one).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests

from bridge.backends.serviceops.adapter import ServiceOps
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket, TicketState
from bridge.sandbox.serviceops.keys import COMMON, COPIES, GEN1_ONLY, WHO
from tests.backends.serviceops_world import TOKEN, World, running_world
from tests.sandbox.calls import KEY

LEAST = IncidentSpec(subject="Disk full")

#: The older API's table as it stands, an asterisk at what is compulsory.
SEED = [
    "subject*",
    "categoryName*",
    "requesterEmail*",
    "ccEmailSet",
    "tags",
    "impact",
    "priority",
    "urgency",
    "description",
    "requesterName",
    "locationName",
    "attachmentsRefNames",
    "customFieldValueDetails",
]
#: The current API's two tables; "Technician Group Name" has no key there that could be sent.
CURRENT = [
    "subject*",
    "categoryName",
    "requesterEmail*",
    "ccEmailSet",
    "tags",
    "impactName",
    "priorityName",
    "urgencyName",
    "departmentName",
    "locationName",
    "supportLevel",
    "spam",
    "assigneeEmail",
    "source",
    "fileAttachments",
    "statusName",
    "customField",
    "description",
]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key of a table with one of its values."""

    key: str
    written: object  #: under the key
    said: Mapping[str, object] = field(default_factory=dict)  #: by a rule, over LEAST
    defaults: Mapping[str, str] = field(default_factory=dict)  #: `defaults:` of the desk
    configured: Mapping[str, object] = field(default_factory=dict)  #: other keys of the desk
    shown: Mapping[str, object] = field(default_factory=dict)  #: on the sandbox's ticket


def custom(id_: int, type_: CustomFieldType, value: object) -> dict[str, object]:
    return {"custom_fields": {str(id_): CustomField(value=value, type=type_)}}  # type: ignore[arg-type]


#: The types of the older API's table: its number, the sandbox's field, a value, the value as text.
TYPES: list[tuple[CustomFieldType, int, int, str, object, str]] = [
    (CustomFieldType.STRING, 1, 101, "Event ID", "e1", "e1"),
    (CustomFieldType.INTEGER, 2, 102, "Score", 7, "7"),
    (CustomFieldType.DOUBLE, 3, 103, "Load", 0.5, "0.5"),
    (CustomFieldType.BOOLEAN, 4, 104, "Automated", True, "true"),
    (CustomFieldType.LONG, 5, 105, "Began", 2**40, "1099511627776"),
    (CustomFieldType.INTEGER_LIST, 7, 106, "Ports", [80, 443], "80,443"),
    (CustomFieldType.STRING_LIST, 8, 107, "Hosts", ["a", "b"], "a,b"),
    (CustomFieldType.TEXT, 10, 108, "Evidence", "long", "long"),
]
_LEVELS = {"critical": "URGENT", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
_REACHES = {"high": "ONBUSINESS", "medium": "ONDEPARTMENT", "on user": "ONUSER", "low": "LOW"}
_NAMES = {
    "URGENT": "Urgent",
    "HIGH": "High",
    "MEDIUM": "Medium",
    "LOW": "Low",
    "ONBUSINESS": "On Business",
    "ONDEPARTMENT": "On Department",
    "ONUSER": "On User",
}


def levels(name: str, words: Mapping[str, str], *, are_names: bool) -> Iterator[Row]:
    for word, enum in words.items():
        key, written = (f"{name}Name", _NAMES[enum]) if are_names else (name, enum)
        yield Row(key=key, said={name: word}, written=written, shown={name: _NAMES[enum]})


def all_levels(*, are_names: bool) -> list[Row]:
    return [
        *levels("impact", _REACHES, are_names=are_names),
        *levels("priority", _LEVELS, are_names=are_names),
        *levels("urgency", _LEVELS, are_names=are_names),
    ]


IN_BOTH = [
    Row(key="subject", written=f"Disk full [{TOKEN}]", shown={"subject": f"Disk full [{TOKEN}]"}),
    Row(
        key="categoryName",
        said={"category": "Hardware"},
        written="Hardware",
        shown={"category": "Hardware"},
    ),
    Row(
        key="categoryName",
        defaults={"category": "Alert"},
        written="Alert",
        shown={"category": "Alert"},
    ),
    Row(key="categoryName", written="Incident", shown={"category": "Incident"}),
    Row(
        key="requesterEmail",
        said={"requester": "ann@example.com"},
        written="ann@example.com",
        shown={"requester": "ann@example.com"},
    ),
    Row(
        key="requesterEmail",
        written="noc@example.com",
        shown={"requester": "noc@example.com"},
    ),
    Row(
        key="ccEmailSet",
        said={"cc": ("a@example.com", "b@example.com")},
        written=["a@example.com", "b@example.com"],
        shown={"cc": ["a@example.com", "b@example.com"]},
    ),
    Row(key="tags", said={"tags": ("db",)}, written=["db", TOKEN], shown={"tags": ["db", TOKEN]}),
    Row(
        key="locationName",
        said={"location": "Head Office"},
        written="Head Office",
        shown={"location": "Head Office"},
    ),
    Row(
        key="locationName",
        defaults={"location": "Head Office"},
        written="Head Office",
        shown={"location": "Head Office"},
    ),
]
INCIDENT = [
    *IN_BOTH,
    *all_levels(are_names=False),
    Row(
        key="description",
        said={"description": "92 %\nof <root>"},
        written="92 %\nof <root>",
        shown={"description": "92 %\nof <root>"},
    ),
    Row(key="requesterName", defaults={"requester_name": "Monitoring"}, written="Monitoring"),
    *(
        Row(
            key="customFieldValueDetails",
            said=custom(id_, type_, value),
            written={str(id_): {"type": number, "stringValue": text}},
            shown={"custom_fields": {label: value}},
        )
        for type_, number, id_, label, value, text in TYPES
    ),
    *(
        Row(
            key="customFieldValueDetails",
            said=custom(id_, type_, value),
            configured={"value_members": {type_.value: "itsValue"}},
            written={str(id_): {"type": number, "itsValue": value}},
            shown={"custom_fields": {label: value}},
        )
        for type_, number, id_, label, value, _ in TYPES[1:]
    ),
]
REQUEST = [
    *IN_BOTH,
    *all_levels(are_names=True),
    Row(
        key="description",
        said={"description": "92 %\nof <root>"},
        written="<p>92 %<br/>of &lt;root&gt;</p>",
        shown={"description": "92 %\nof <root>"},
    ),
    Row(
        key="description",
        said={"description": "92 %"},
        configured={"description": "text"},
        written="92 %",
        shown={"description": "92 %"},
    ),
    Row(
        key="assigneeEmail",
        said={"engineer": "ann@example.com"},
        written="ann@example.com",
        shown={"assignee": "ann@example.com"},
    ),
    *(
        Row(key=key, said={"raw": {"desk": {key: value}}}, written=value)
        for key, value in {
            "departmentName": "IT",
            "supportLevel": "Tier1",
            "spam": False,
            "source": "External",
        }.items()
    ),
    *(
        Row(
            key="customField",
            said={"custom_fields": {label: CustomField(value=value, type=type_)}},  # type: ignore[arg-type]
            written={label: value},
            shown={"custom_fields": {label: value}},
        )
        for type_, _, _, label, value, _ in TYPES
    ),
]
ROWS = [("incident", row) for row in INCIDENT] + [("request", row) for row in REQUEST]
#: Keys that are not in the body that files a ticket, and what writes them.
LATER = {
    "incident": {"attachmentsRefNames": "attach"},
    "request": {"fileAttachments": "attach", "statusName": "transitions and the end"},
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One desk for all rows: a row looks at its own ticket only."""
    with running_world() as made:
        yield made


def desk_for(world: World, dialect: str, row: Row) -> ServiceOps:
    defaults = {"requester": "noc@example.com", **row.defaults}
    return world.desk(dialect=dialect, defaults=defaults, **row.configured)


def spec_of(row: Row) -> IncidentSpec:
    return replace(LEAST, **row.said)  # type: ignore[arg-type]  # a row's own


def ticket_of(world: World, ticket: Ticket) -> Mapping[str, Any]:
    [found] = [said for said in world.tickets() if said["id"] == ticket.id]
    return found


def name_of(case: object) -> str | None:
    return f"{case.key}={case.written}"[:60] if isinstance(case, Row) else None


@pytest.mark.parametrize(("dialect", "row"), ROWS, ids=name_of)
def test_a_key_is_written_and_arrives(world: World, dialect: str, row: Row) -> None:
    desk, spec = desk_for(world, dialect, row), spec_of(row)
    sent = desk.preview(spec, TOKEN)["json"]
    assert isinstance(sent, dict)
    assert sent[row.key] == row.written
    said = ticket_of(world, desk.create(spec, TOKEN, ""))
    assert {name: said[name] for name in row.shown} == row.shown


@pytest.mark.parametrize(
    ("dialect", "key"),
    [(dialect, key) for dialect, key in dict.fromkeys((d, row.key) for d, row in ROWS)],
)
def test_the_sandbox_refuses_a_body_without_a_compulsory_key_and_no_other(
    world: World, dialect: str, key: str
) -> None:
    row = next(row for d, row in ROWS if (d, row.key) == (dialect, key))
    sent = desk_for(world, dialect, row).preview(spec_of(row), TOKEN)["json"]
    assert isinstance(sent, dict)
    without = {name: value for name, value in sent.items() if name != key}
    with requests.Session() as session:
        session.trust_env = False
        url = f"{world.sandbox.url}/api/v1/{dialect}"
        answer = session.post(url, json=without, headers=KEY, timeout=5)
    is_compulsory = f"{key}*" in (SEED if dialect == "incident" else CURRENT)
    assert answer.status_code == (400 if is_compulsory else 200)
    if is_compulsory:
        assert answer.json()["userMessage"] == f"{key} is mandatory"


def test_every_key_of_the_vendors_tables_has_its_row() -> None:
    for dialect, table in (("incident", SEED), ("request", CURRENT)):
        written = {row.key for d, row in ROWS if d == dialect} | set(LATER[dialect])
        assert written == {key.rstrip("*") for key in table}
    assert {key.rstrip("*") for key in SEED} == set({**COMMON, **GEN1_ONLY, **WHO, **COPIES})


def test_every_type_that_the_bridge_knows_has_its_row() -> None:
    assert [type_ for type_, *_ in TYPES] == list(CustomFieldType)


def test_every_field_of_a_spec_comes_to_a_key() -> None:
    tried = {name for _, row in ROWS for name in row.said}
    in_the_description = {"classification", "ci_key", "ci_value", "ci_id", "workgroup", "sla"}
    in_notes, in_files = {"solution", "note"}, {"attachments"}
    others = {"subject", "links"} | in_the_description | in_notes | in_files
    assert tried | others == set(IncidentSpec.__dataclass_fields__)


@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_what_no_key_takes_stands_in_the_description(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    spec = IncidentSpec(
        subject="Disk full",
        classification="Storage",
        ci_key="Host Name",
        ci_value="db1",
        ci_id="7",
        workgroup="NOC",
        sla="Gold",
        links={"runbook": "https://wiki.example.com"},
    )
    said = ticket_of(world, desk.create(spec, TOKEN, ""))
    assert said["description"].splitlines() == [
        "CI: Host Name db1 7",
        "classification: Storage",
        "workgroup: NOC",
        "sla: Gold",
        "runbook: https://wiki.example.com",
    ]


@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_attachments_are_written_by_an_update_and_arrive(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(LEAST, TOKEN, "")
    desk.attach(ticket, "top.txt", "load 9")
    said = ticket_of(world, ticket)
    assert said["files"] == {"top.txt": "load 9"}
    assert said["subject"] == f"Disk full [{TOKEN}]"


Act = Callable[[ServiceOps, Ticket], Ticket]

#: Of each status of the vendor's: what is configured, what makes the bridge set it.
STATUSES: list[tuple[str, Mapping[str, object], Act, TicketState]] = [
    ("Open", {}, lambda _, ticket: ticket, TicketState.OPEN),
    (
        "In Progress",
        {"transitions": {"acknowledged": "In Progress"}},
        lambda desk, ticket: desk.move(ticket, LEAST, Stage.ACKNOWLEDGED, ""),
        TicketState.OPEN,
    ),
    (
        "In Progress",
        {"transitions": {"open": "In Progress"}},
        lambda _, ticket: ticket,
        TicketState.OPEN,
    ),
    (
        "Pending",
        {"transitions": {"muted": "Pending"}},
        lambda desk, ticket: desk.move(ticket, LEAST, Stage.MUTED, ""),
        TicketState.OPEN,
    ),
    (
        "Resolved",
        {},
        lambda desk, ticket: desk.resolve(ticket, LEAST, OnClear.RESOLVE, ""),
        TicketState.RESOLVED,
    ),
    (
        "Closed",
        {},
        lambda desk, ticket: desk.resolve(ticket, LEAST, OnClear.CLOSE, ""),
        TicketState.CLOSED,
    ),
    (
        "Closed",
        {"transitions": {"clear_to": "Closed"}},
        lambda desk, ticket: desk.resolve(ticket, LEAST, OnClear.RESOLVE, ""),
        TicketState.CLOSED,
    ),
]


@pytest.mark.parametrize("dialect", ["incident", "request"])
@pytest.mark.parametrize(("status", "configured", "act", "state"), STATUSES)
def test_a_status_is_set_and_read_back_as_the_bridges_own(
    world: World,
    dialect: str,
    status: str,
    configured: Mapping[str, object],
    act: Act,
    state: TicketState,
) -> None:
    desk = world.desk(dialect=dialect, **configured)
    ticket = act(desk, desk.create(LEAST, TOKEN, ""))
    assert ticket_of(world, ticket)["status"] == status
    seen = desk.read(ticket)
    assert (seen.status, seen.state, seen.taken_over) == (status, state, False)
    if state is not TicketState.OPEN:
        assert desk.reopen(seen, LEAST, "").status == "Open"


@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_each_status_of_a_person_is_read_for_what_it_is(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(LEAST, TOKEN, "")
    states = {status: state for status, _, _, state in STATUSES}
    for status, state in states.items():
        world.person(f"INC-{ticket.id}", status=status)
        seen = desk.read(ticket)
        assert (seen.status, seen.state) == (status, state)
        assert seen.taken_over is (status in ("In Progress", "Pending"))
