"""Templates: what they can say, and how strict they are about what is not there."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bridge.expressions import Literal
from bridge.rules.templates import compiler_of
from tests.rules.given import alert_of, render, table_of

#: What an alert of these tests says.
SAID: dict[str, Any] = {
    "name": "Disk",
    "annotations": {"summary": "Full", "title": "a title"},
    "values": {"A": 95.0, "B": 0.25},
    "group": {"cluster": "eu"},
    "links": {"generator": "http://x"},
    "starts_at": datetime(2026, 1, 5, 12, 0, 0, 500, tzinfo=UTC),
}
LABELS = {"alertname": "Disk", "env": "prod", "items": "five", "job name": "db"}


def said(template: str, labels: dict[str, str] | None = None) -> str:
    return render(template, alert_of(LABELS if labels is None else labels, **SAID))


@pytest.mark.parametrize(
    ("where", "host"),
    [
        ("db1:9100", "db1"),
        ("db1", "db1"),
        ("db1.example.com:443", "db1.example.com"),
        ("10.0.0.7:8080", "10.0.0.7"),
        ("http://db1:9100/metrics", "db1"),
        ("https://db1/x:y", "db1"),
        ("https://user:secret@db1:9100/", "db1"),
        ("https://db1:9100?target=a", "db1"),
        ("https://db1#part", "db1"),
        ("http://[::1]:9090/x", "::1"),
        ("[::1]:90", "::1"),
        ("[fe80::1%eth0]:90", "fe80::1%eth0"),
        ("::1", "::1"),
        ("2001:db8::8:800", "2001:db8::8:800"),
        (" db1:9100 ", "db1"),
        ("db1:http", "db1:http"),
        ("", ""),
        (":9100", ""),
        ("[::1", "::1"),
    ],
)
def test_host_takes_the_host_out(where: str, host: str) -> None:
    assert said("{{ labels.x | host }}", {"x": where}) == host


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 'a' | map({'a': 'b'}) }}", "b"),
        ("{{ 'x' | map({'a': 'b'}) }}", "x"),
        ("{{ 'x' | map({'a': 'b'}, 'c') }}", "c"),
        ("{{ values.A | map({'95': 'high'}) }}", "high"),
        ("{{ 'db-12-x' | regex_replace('[0-9]+', 'N') }}", "db-N-x"),
        (r"{{ 'db-12' | regex_replace('(\\w+)-(\\d+)', '\\2-\\1') }}", "12-db"),
        ("{{ 'aaa' | regex_replace('a', 'b', 2) }}", "bba"),
        ("{{ 'aaa' | regex_replace('a') }}", ""),
        ("{{ 'größe' | regex_replace('ö', 'oe') }}", "groeße"),
        ("{{ 'abcdef' | truncate_chars(4) }}", "abc…"),
        ("{{ 'abcd' | truncate_chars(4) }}", "abcd"),
        ("{{ 'abcd' | truncate_chars(0) }}", "…"),
        ("{{ 5400 | duration }}", "1h30m"),
        ("{{ '90m' | duration }}", "1h30m"),
        ("{{ 90061.4 | duration }}", "1d1h1m1s"),
        ("{{ '0' | duration }}", "0s"),
        ("{{ alert.starts_at | localtime }}", "2026-01-05 12:00:00 UTC"),
        ("{{ alert.starts_at | localtime('Europe/Paris') }}", "2026-01-05 13:00:00 CET"),
        ("{{ '2026-07-05T12:00:00Z' | localtime('Europe/Paris') }}", "2026-07-05 14:00:00 CEST"),
        ("{{ '2026-07-05T12:00:00' | localtime('Asia/Tokyo') }}", "2026-07-05 21:00:00 JST"),
        ("{{ labels | json }}", '{"alertname":"Disk","env":"prod","items":"five","job name":"db"}'),
        ("{{ values | json }}", '{"A":95.0,"B":0.25}'),
        ("{{ 'a \"b\"' | json }}", r'"a \"b\""'),
        ("{{ alert.starts_at | json }}", '"2026-01-05T12:00:00.000500Z"'),
        ("{{ [1, none, true] | json }}", "[1,null,true]"),
        ("{{ ' My Disk: /var ' | slug }}", "my-disk-var"),
        ("{{ 2.567 | round(1) }} {{ '2.5' | round }}", "2.6 2"),
        ("{{ ['a', 1, 0.5] | join('-') }}", "a-1-0.5"),
        ("{{ 'a.b.c' | replace('.', '/') }}", "a/b/c"),
        ("{{ -3 | abs }} {{ 'disk' | capitalize }} {{ 'a b' | title }}", "3 Disk A B"),
        ("{{ labels.x | default('none') }} {{ labels.x | d('d') }}", "none d"),
        ("{{ '' | default('e', true) }} [{{ '' | default('e') }}]", "e []"),
        (
            "{% for k, v in labels | dictsort %}{{ k }};{% endfor %}",
            "alertname;env;items;job name;",
        ),
        ("{% for k, v in group | items %}{{ k }}={{ v }}{% endfor %}", "cluster=eu"),
        ("{{ '<a>' | e }} {{ '<a>' | escape }}", "&lt;a&gt; &lt;a&gt;"),
        ("{{ [3, 1] | first }} {{ [3, 1] | last }}", "3 1"),
        ("{{ '7' | int + 1 }} {{ 'x' | int(2) }} {{ '1.5' | float }}", "8 2 1.5"),
        ("{{ [1, 2, 3] | length }} {{ 'abc' | length }}", "3 3"),
        ("{{ 'AbC' | lower }} {{ 'AbC' | upper }}", "abc ABC"),
        ("{{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [3, 1] | sum }}", "3 1 4"),
        ("{{ ['b', 'a', 'b'] | unique | sort | join(',') }}", "a,b"),
        ("{{ ' a ' | trim }}|{{ 5 | string }}|{{ 'a b' | wordcount }}", "a|5|2"),
        ("{{ 'a b/c?' | urlencode }}", "a%20b/c%3F"),
    ],
)
def test_a_filter_does_what_it_is_called(template: str, expected: str) -> None:
    assert said(template) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ alert.name }} {{ labels.env }} {{ annotations.summary }}", "Disk prod Full"),
        ("{{ group.cluster }} {{ links.generator }} {{ source }}", "eu http://x alertmanager"),
        ("{{ values.A }} {{ values.B }} {{ alert['values']['A'] }}", "95 0.25 95"),
        ("{{ labels.items }} {{ labels['items'] }} {{ labels['job name'] }}", "five five db"),
        ("{{ labels.get('x', 'y') }} {{ annotations.title }}", "y a title"),
        ("{{ alert.starts_at }} {{ alert.starts_at.year }}", "2026-01-05T12:00:00Z 2026"),
        ("{{ alert.status }}{{ alert.ends_at }}", "firing"),
        ("{{ true }} {{ [1, 'a'] }} {{ {'a': none} }}", 'true [1,"a"] {"a":null}'),
        ("{{ 'a' if labels.env == 'prod' else 'b' }}", "a"),
        ("{{ 'x' in labels.env }} {{ 'env' in labels }}", "false true"),
        ("{{ 7 // 2 }} {{ 7 * 2 }} {{ 7 % 2 }} {{ 7 / 2 }}", "3 14 1 3.5"),
        ("{{ labels.env ~ '-' ~ values.A }}", "prod-95"),
        ("{{ labels.env.upper() }} {{ labels.env[0] }} {{ labels.env[1:] }}", "PROD p rod"),
        ("{% for v in [1, 2] %}{{ loop.index }}{{ v }} {% endfor %}", "11 22 "),
        ("{% raw %}{{ labels.x }}{% endraw %}{# a remark #}", "{{ labels.x }}"),
        ("no template at all }}", "no template at all }}"),
    ],
)
def test_a_template_sees_the_alert(template: str, expected: str) -> None:
    assert said(template) == expected


def test_a_time_is_written_in_utc_whatever_zone_it_came_in() -> None:
    moment = datetime(2026, 1, 5, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert render("{{ alert.starts_at }}", alert_of(starts_at=moment)) == "2026-01-05T12:00:00Z"


def test_a_text_without_marks_is_not_compiled() -> None:
    assert compiler_of([]).template("50% { of } it") == Literal("50% { of } it")


@pytest.mark.parametrize("part", ["labels", "annotations", "values", "group", "links"])
def test_what_is_missing_fails_where_it_is_used_and_names_the_remedy(part: str) -> None:
    with pytest.raises(Exception, match=r"there is no 'x' here; write \| default\('\.\.\.'\)"):
        said(f"{{{{ {part}.x }}}}")


@pytest.mark.parametrize(
    "template",
    [
        "{{ labels.x | host }}",
        "{{ labels.x | json }}",
        "{{ labels.x | upper }}",
        "{{ labels.x ~ 'a' }}",
        "{{ labels.x + 'a' }}",
        "{{ [labels.x] | join }}",
        "{{ labels.x.y }}",
        "{{ labels.x == 'a' }}",
        "{% for v in labels.x %}{{ v }}{% endfor %}",
        "{{ alert.nothing }}",
        "{{ annotations.x | default(annotations.y) }}",
    ],
)
def test_what_is_missing_never_reads_as_something(template: str) -> None:
    with pytest.raises(Exception, match=r"there is no '\w+' here"):
        said(template)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% if labels.x %}a{% else %}b{% endif %}", "b"),
        ("{{ labels.x or 'b' }}", "b"),
        ("{{ 'a' if not labels.x else 'b' }}", "a"),
        ("{{ 'a' if labels.x and labels.x.y else 'b' }}", "b"),
        ("{{ labels.x is defined }} {{ labels.env is defined }}", "false true"),
        ("{{ annotations.x or annotations.y or '' }}", ""),
    ],
)
def test_what_is_missing_is_false_where_it_is_asked_after(template: str, expected: str) -> None:
    assert said(template) == expected


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ lables.env }}", r"nothing is named 'lables'; did you mean 'labels'\?"),
        ("{{ levle(labels.x) }}", r"nothing is named 'levle'; did you mean 'level'\?"),
        ("{{ qqq }}", r"nothing is named 'qqq'; known: alert, annotations, group, labels, level"),
        ("{% if anotations %}x{% endif %}", r"did you mean 'annotations'\?"),
        (
            "{{ labels.x | hots }}",
            r"not a template: No filter named 'hots'.*; correct the template",
        ),
        ("{{ labels.x is odddd }}", r"not a template: No test named 'odddd'.*; correct"),
        ("{{ labels.x", "not a template: .+; correct the template"),
        ("{% if labels.x %}", "not a template: .+; correct the template"),
        ("{% frobnicate %}", "not a template: .+; correct the template"),
    ],
)
def test_a_mistake_in_a_template_is_found_when_it_is_compiled(template: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        compiler_of(["level"]).template(template)


def test_a_table_is_called_by_its_name() -> None:
    level = table_of("level", map={"page": "critical"}, miss="medium")
    text = "{{ level('page') }} {{ level(labels.severity) }}"
    assert render(text, alert_of(), level) == "critical medium"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ 'x' | localtime('Europe/Paris') }}", "isoformat"),
        ("{{ alert.starts_at | localtime('Mars/Base') }}", "no time zone 'Mars/Base'; write one"),
        ("{{ alert.starts_at | localtime('../passwd') }}", "no time zone"),
        ("{{ 'soon' | duration }}", "not a span of time"),
        ("{{ 'a' | regex_replace('(', '') }}", "is not RE2"),
        ("{{ 'a' | replace('', 'b') }}", "something to look for"),
        ("{{ labels.items() }}", "not safely callable"),
        ("{{ labels.env.upper }}", "is nothing to write; call it"),
        ("{{ level }}", "is nothing to write; call it"),
    ],
)
def test_a_filter_that_cannot_do_it_says_why(template: str, problem: str) -> None:
    level = table_of("level", map={"page": "critical"}, miss="medium")
    with pytest.raises(Exception, match=problem):
        render(template, alert_of(LABELS, **SAID), level)
