"""Tables: a map or rows in the rules, a CSV or YAML file, looked up by one value or several."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.rules.tables import Lookup, Table, TableMiss, Value
from tests.rules.given import alert_of, render, table_of

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
    return csv_of(tmp_path, OWNERS, {"workgroup": "NOC"})


def csv_of(
    folder: Path,
    text: str,
    miss: Mapping[str, str] | None = None,
    key: tuple[str, ...] = ("service", "env"),
) -> Table:
    (folder / "owners.csv").write_bytes(text.encode())
    section = {"file": "owners.csv", "key": [*key], **({"miss": miss} if miss else {})}
    return table_of("owners", folder, **section)


def yaml_of(folder: Path, text: str, **section: object) -> Table:
    (folder / "owners.yaml").write_text(text)
    return table_of("owners", folder, file="owners.yaml", **section)


def problem_of(folder: Path, **section: object) -> str:
    with pytest.raises(ConfigurationError) as refused:
        table_of("owners", folder, **section)
    [problem] = refused.value.problems
    return str(problem).replace(f"{folder}/", "")


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
    table = csv_of(tmp_path, text)
    assert value_of(table, "a", "x") == {"to": "above"}
    assert value_of(table, "b", "x") == {"to": "rest"}


def test_a_miss_that_leaves_columns_out_leaves_them_empty(owners: Table) -> None:
    assert value_of(owners, "nobody", "nowhere") == {"workgroup": "NOC", "ci": ""}


def test_without_a_miss_an_unknown_key_is_a_failure_that_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(TableMiss, match="table owners has no row for 'a', 'b', and no miss:"):
        value_of(csv_of(tmp_path, OWNERS), "a", "b")


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
    assert lookup.asked.rows == [
        (0, "table owners row 2 (pay, prod)"),
        (0, "table owners row 4 (*, dev)"),
        (0, "table owners miss"),
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
    assert value_of(csv_of(tmp_path, text), "a", "b") == {"to": said}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("service,to\na,x\n", "1:1: there is no column 'env'; it has service, to"),
        ("", "1:1: there is no column 'service'; write a line of column names"),
        ("service,env,to\na,b\n", "2:1: 2 cells stand under 3 columns; add or remove some"),
        ("service,env,to\n\na,b,x,y\n", "3:1: 4 cells stand under 3 columns; add or remove some"),
        ('service,env,to\na,b,"x\n', "2:1: not CSV: unexpected end of data; correct the line"),
        ('service,env,to\na,b,"x"y\n', "2:1: not CSV: ',' expected after '\"'; correct the line"),
    ],
)
def test_a_csv_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "owners.csv").write_text(text)
    said = problem_of(tmp_path, file="owners.csv", key=["service", "env"])
    assert said == f"owners.csv:{problem}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"service,env\n\xff\xfe\n", "is not UTF-8 text"),
        (b"\xff\xfes\x00", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_missing_or_not_utf8_is_refused_with_a_remedy(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "owners.csv").write_bytes(content)
    assert problem_of(tmp_path, file="owners.csv", key=["service"]) == (
        f"rules.yaml:1:13: owners.csv cannot be read: {reason}; "
        "give a file in UTF-8, relative to this one"
    )


def test_a_folder_is_no_csv_file(tmp_path: Path) -> None:
    (tmp_path / "owners").mkdir()
    assert "cannot be read: is not a file" in problem_of(tmp_path, file="owners", key=["service"])


ROWS = """\
- {service: pay, env: prod, workgroup: On call, tier: 1}
- {service: pay, env: "*", workgroup: Payments}
"""


def test_rows_of_a_yaml_file_are_looked_up_as_those_of_a_csv_file(tmp_path: Path) -> None:
    table = yaml_of(tmp_path, ROWS, key=["service", "env"], miss={"workgroup": "NOC"})
    assert value_of(table, "pay", "prod") == {"workgroup": "On call", "tier": "1"}
    assert value_of(table, "pay", "test") == {"workgroup": "Payments", "tier": ""}
    assert value_of(table, "web", "test") == {"workgroup": "NOC", "tier": ""}
    lookup = Lookup(table)
    lookup("pay", "test")
    assert lookup.asked.rows == [(0, "table owners row 2 (pay, *)")]


def test_a_yaml_file_may_be_a_map(tmp_path: Path) -> None:
    table = yaml_of(tmp_path, "page: critical\n'*': low\n")
    assert [value_of(table, word) for word in ("page", "x")] == ["critical", "low"]


def test_a_cell_reads_as_yaml_writes_it(tmp_path: Path) -> None:
    table = yaml_of(tmp_path, "a: true\nb: 7\nc: 0.5\nd: null\ne: {x: null, y: false}\n")
    said = [value_of(table, word) for word in "abcd"]
    assert said == ["true", "7", "0.5", ""]
    assert value_of(table, "e") == {"x": "", "y": "false"}


def test_rows_may_stand_in_the_rules() -> None:
    rows = [{"team": "pay", "env": "prod", "to": "x"}, {"team": "*", "env": "prod", "to": "y"}]
    table = table_of("route", rows=rows, key=["team", "env"], miss={"to": "z"})
    found = [value_of(table, *key) for key in (("pay", "prod"), ("web", "prod"), ("web", ""))]
    assert found == [{"to": "x"}, {"to": "y"}, {"to": "z"}]


@pytest.mark.parametrize(
    ("text", "section", "problem"),
    [
        ("[]", {"key": ["a"]}, "1:1: the table is empty; write [{column: value}]"),
        ("{}", {}, "1:1: the table is empty; write {word: value}"),
        ("a", {}, "1:1: the table is empty; write {word: value}"),
        ("- {a: b}", {}, "1:1: key is missing; name the columns to look up by"),
        ("a: b", {"key": ["a"]}, "1:1: a map has no key columns; remove key:, or write rows"),
        ("- {a: b}\n- c", {"key": ["a"]}, "2:3: this is not a row; write {column: value}"),
        ("- a: b\n  c: []", {"key": ["a"]}, "1:3: a table holds plain values; write text or a "
         "number"),
        ("a: b\na: c", {}, "2:1: the key 'a' stands here twice; remove one of them"),
    ],
)  # fmt: skip
def test_a_yaml_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, section: dict[str, object], problem: str
) -> None:
    (tmp_path / "owners.yaml").write_text(text)
    assert problem_of(tmp_path, file="owners.yaml", **section) == f"owners.yaml:{problem}"


@pytest.mark.parametrize(
    ("key", "said"),
    [("page", "critical"), ("", "unset"), ("x", "other"), ("PAGE", "other"), (3, "three")],
)
def test_a_map_translates_a_word(key: object, said: str) -> None:
    table = table_of("level", map={"page": "critical", "": "unset", "3": "three"}, miss="other")
    assert value_of(table, key) == said


def test_a_map_may_have_a_wildcard() -> None:
    table = table_of("level", map={"page": "critical", "*": "rest"}, miss="miss")
    assert [value_of(table, key) for key in ("page", "info")] == ["critical", "rest"]


def test_a_map_without_a_miss_fails_for_an_unknown_word() -> None:
    with pytest.raises(TableMiss, match="table level has no row for 'x'"):
        value_of(table_of("level", map={"page": "critical"}), "x")


def test_a_row_of_a_map_may_have_columns() -> None:
    table = table_of("team", map={"pay": {"group": "Payments", "tier": "1"}}, miss={"group": "NOC"})
    alert = alert_of({"team": "pay"})
    assert render("{{ team(labels.team).group }}", alert, table) == "Payments"
    assert render("{{ team('x').group }}/{{ team('x').tier or 'none' }}", alert, table) == (
        "NOC/none"
    )


def test_a_column_that_a_table_does_not_have_is_a_failure(owners: Table) -> None:
    with pytest.raises(Exception, match="there is no 'wrkgroup' here"):
        render("{{ owners('pay', 'prod').wrkgroup }}", None, owners)
