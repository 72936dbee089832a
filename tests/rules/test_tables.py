"""Tables: a map in the rules or a CSV file, looked up by one value or several."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.rules.tables import Lookup, Table, TableMiss, Value, csv_table, map_table
from tests.rules.given import alert_of, render

OWNERS = """\
service,env,workgroup,ci
pay,prod,On call,pay-prod
pay,*,Payments,pay-test
*,dev,Developers,
pay,dev,Never reached,x
shop,prod,First,1
shop,prod,Second,2
"""


@pytest.fixture
def owners(tmp_path: Path) -> Table:
    return table_of(tmp_path, OWNERS, {"workgroup": "NOC"})


def table_of(
    folder: Path,
    text: str,
    miss: Mapping[str, str] | None = None,
    key: tuple[str, ...] = ("service", "env"),
) -> Table:
    file = folder / "owners.csv"
    file.write_bytes(text.encode())
    return csv_table("owners", file, key, miss)


def value_of(table: Table, *key: object) -> Value:
    return Lookup(table)(*key)


@pytest.mark.parametrize(
    ("key", "workgroup", "ci"),
    [
        (("pay", "prod"), "On call", "pay-prod"),
        (("pay", "test"), "Payments", "pay-test"),
        (("pay", ""), "Payments", "pay-test"),
        (("pay", "dev"), "Payments", "pay-test"),
        (("web", "dev"), "Developers", ""),
        (("", "dev"), "Developers", ""),
        (("shop", "prod"), "First", "1"),
        (("web", "prod"), "NOC", ""),
        (("", ""), "NOC", ""),
        (("PAY", "prod"), "NOC", ""),
        (("*", "prod"), "NOC", ""),
    ],
)
def test_the_first_row_that_fits_the_key_wins(
    owners: Table, key: tuple[str, str], workgroup: str, ci: str
) -> None:
    assert value_of(owners, *key) == {"workgroup": workgroup, "ci": ci}


def test_a_wildcard_above_a_row_hides_it_and_below_does_not(tmp_path: Path) -> None:
    text = "service,env,to\na,x,above\n*,*,rest\nb,x,below\n"
    table = table_of(tmp_path, text)
    assert value_of(table, "a", "x") == {"to": "above"}
    assert value_of(table, "b", "x") == {"to": "rest"}


def test_a_miss_that_leaves_columns_out_leaves_them_empty(owners: Table) -> None:
    assert value_of(owners, "nobody", "nowhere") == {"workgroup": "NOC", "ci": ""}


def test_without_a_miss_an_unknown_key_is_a_failure_that_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(TableMiss, match="table owners has no row for 'a', 'b', and no miss:"):
        value_of(table_of(tmp_path, OWNERS), "a", "b")


def test_a_missing_label_looks_up_as_empty_text(owners: Table) -> None:
    named = {"env": "dev"}
    text = "{{ owners(labels.service, labels.env).workgroup }}"
    assert render(text, alert_of(named), owners) == "Developers"


@pytest.mark.parametrize(("key", "count"), [((), 2), (("a",), 2), (("a", "b", "c"), 2)])
def test_a_lookup_by_too_few_or_too_many_values_says_how_many(
    owners: Table, key: tuple[str, ...], count: int
) -> None:
    with pytest.raises(TypeError, match=f"table owners is looked up by {count} values"):
        value_of(owners, *key)


def test_a_lookup_remembers_the_rows_it_gave_as_people_name_them(owners: Table) -> None:
    lookup = Lookup(owners)
    for key in (("pay", "prod"), ("web", "dev"), ("web", "prod")):
        lookup(*key)
    assert lookup.rows == [
        "table owners row 2 (pay, prod)",
        "table owners row 4 (*, dev)",
        "table owners miss",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ufeffservice,env,to\na,b,x\n", "x"),
        ("service,env,to\r\na,b,x\r\n", "x"),
        ("\n".join(["service,env,to", "", "a,b,x", ""]), "x"),
        ("service , env , to\n a , b , x \n", "x"),
        ('service,env,to\na,b,"x, y"\n', "x, y"),
        ('service,env,to\na,b,"two\nlines"\n', "two\nlines"),
        ('service,env,to\na,b,"say ""x"""\n', 'say "x"'),
        ("to,env,service\nx,b,a\n", "x"),
        ("service,env,to\na,b,größe\n", "größe"),
        ("service,env,to\na,b,\n", ""),
    ],
)
def test_a_csv_file_is_read_as_spreadsheets_write_it(tmp_path: Path, text: str, said: str) -> None:
    assert value_of(table_of(tmp_path, text), "a", "b") == {"to": said}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service,to\na,x\n", "has no column 'env'; it has service, to"),
        ("", "has no column 'service'; it has"),
        ("service,env,to\na,b\n", ":2 has 2 cells and the header 3; add or remove some"),
        ("service,env,to\n\na,b,x,y\n", ":3 has 4 cells and the header 3; add or remove some"),
        ('service,env,to\na,b,"x\n', r":2 is not CSV \(.+\); correct the line"),
        ('service,env,to\na,b,"x"y\n', r":2 is not CSV \(.+\); correct the line"),
    ],
)
def test_a_csv_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=rf"owners\.csv ?{message}"):
        table_of(tmp_path, text)


@pytest.mark.parametrize("content", [None, b"service,env\n\xff\xfe\n", b"\xff\xfes\x00"])
def test_a_file_that_is_missing_or_not_utf8_is_refused_with_a_remedy(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "owners.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot be read; give a CSV file in UTF-8"):
        csv_table("owners", file, ["service"], None)


def test_a_folder_is_no_csv_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        csv_table("owners", tmp_path, ["service"], None)


@pytest.mark.parametrize(
    ("key", "said"),
    [("page", "critical"), ("", "unset"), ("x", "other"), ("PAGE", "other"), (3, "three")],
)
def test_a_map_translates_a_word(key: object, said: str) -> None:
    table = map_table("level", {"page": "critical", "": "unset", "3": "three"}, "other")
    assert value_of(table, key) == said


def test_a_map_may_end_in_a_wildcard() -> None:
    table = map_table("level", {"page": "critical", "*": "rest", "info": "never"}, "miss")
    assert [value_of(table, key) for key in ("page", "info", "x")] == ["critical", "rest", "rest"]


def test_a_map_without_a_miss_fails_for_an_unknown_word() -> None:
    with pytest.raises(TableMiss, match="table level has no row for 'x'"):
        value_of(map_table("level", {"page": "critical"}, None), "x")


def test_a_row_of_a_map_may_have_columns() -> None:
    table = map_table("team", {"pay": {"group": "Payments", "tier": "1"}}, {"group": "NOC"})
    alert = alert_of({"team": "pay"})
    assert render("{{ team(labels.team).group }}", alert, table) == "Payments"
    assert render("{{ team('x').group }}/{{ team('x').tier or 'none' }}", alert, table) == (
        "NOC/none"
    )


def test_a_column_that_a_table_does_not_have_is_a_failure(owners: Table) -> None:
    with pytest.raises(Exception, match="there is no 'wrkgroup' here"):
        render("{{ owners('pay', 'prod').wrkgroup }}", None, owners)
