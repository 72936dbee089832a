"""Templates that mean harm: each is refused when it is compiled, or fails within its bounds."""

import time
from pathlib import Path

import pytest

from bridge.domain.alert import Alert
from bridge.expressions.limits import (
    MAX_ITEMS,
    MAX_MATCHES,
    MAX_SECONDS,
    MAX_TEMPLATE,
    MAX_TEXT,
    MAX_WORK,
    TooMuch,
)
from bridge.rules.limits import MAX_SECONDS_IN_ALL, MAX_SEEN
from bridge.rules.templates import compiler_of
from tests.rules.given import alert_of, filed, render, rules_of, table_of

LEVEL = table_of("level", map={"page": "critical"}, miss="medium")
#: As large as a template ever sees one.
LARGE = "a" * MAX_SEEN


def large() -> Alert:
    return alert_of({"x": LARGE, "commas": "a," * (MAX_SEEN // 2), "quote": '"'})


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{% set x = 1 %}{{ x }}", "set"),
        ("{% set x %}a{% endset %}{{ x }}", "set"),
        ("{% with x = 1 %}{{ x }}{% endwith %}", "with"),
        ("{% macro m() %}a{% endmacro %}{{ m() }}", "macro"),
        ("{% call level() %}a{% endcall %}", "call"),
        ("{% filter upper %}a{% endfilter %}", "filter blocks"),
        ("{% block b %}a{% endblock %}", "block"),
        ("{% extends 'a' %}", "extends"),
        ("{% include 'a' %}", "include"),
        ("{% import 'a' as b %}{{ b }}", "import"),
        ("{% from 'a' import b %}{{ b }}", "import"),
        ("{{ 9 ** 9 }}", r"\*\*"),
        ("{{ (labels.x or 2) ** 999999999 }}", r"\*\*"),
        ("{% if labels.x %}{% set x = 1 %}{% endif %}a", "set"),
    ],
)
def test_what_could_ask_for_unbounded_work_is_refused(template: str, what: str) -> None:
    with pytest.raises(ValueError, match=f"^{what} cannot be used in a template; use a table"):
        compiler_of([]).template(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in labels %}{% for b in labels %}x{% endfor %}{% endfor %}",
        "{% for a in labels %}{% if a %}{% for b in labels %}x{% endfor %}{% endif %}{% endfor %}",
        "{% for a in labels %}x{% else %}{% for b in labels %}x{% endfor %}{% endfor %}",
        "{% for a in [labels] recursive %}{{ loop([a]) }}{% endfor %}",
    ],
)
def test_a_loop_inside_a_loop_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="a loop inside a loop cannot be used"):
        compiler_of([]).template(template)


@pytest.mark.parametrize(
    "name",
    ["range", "lipsum", "cycler", "joiner", "namespace", "dict", "self", "super", "caller",
     "varargs", "kwargs", "config", "request", "__builtins__", "__import__", "open"],
)  # fmt: skip
def test_nothing_but_the_alert_and_the_tables_has_a_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"nothing is named '{name}'"):
        compiler_of([]).template(f"{{{{ {name} }}}}")


@pytest.mark.parametrize(
    "template",
    [
        "{{ labels.__class__ }}",
        "{{ labels['__class__'] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__']['__mro__'] }}",
        "{{ level.__globals__ }}",
        "{{ level.__call__.__globals__ }}",
        "{{ level['table'] }}",
        "{{ level.rows }}",
        "{{ level.__init__ }}",
        "{{ labels.get.__self__ }}",
        "{{ labels.x.upper.__func__ }}",
        "{{ labels.x.encode() }}",
        "{{ (1).__class__ }}",
        "{{ (1).real }}",
        "{{ [].append(1) }}",
        "{{ [1].__iter__ }}",
        "{{ {}.update({1: 2}) }}",
        "{{ labels.update({'a': 'b'}) }}",
        "{{ labels.pop('x') }}",
        "{{ labels.clear() }}",
        "{{ alert.__class__ }}",
        "{{ alert.starts_at.__class__ }}",
        "{{ alert.starts_at.tzinfo }}",
        "{{ alert.starts_at.strftime('%Y') }}",
        "{{ none.__class__ }}",
        "{{ labels.nothing.__class__ }}",
        "{% for v in [1] %}{{ loop.__class__ }}{% endfor %}",
        "{% for v in [1] %}{{ loop.cycle('a') }}{% endfor %}",
        "{% for v in [1] %}{{ loop._iterator }}{% endfor %}",
        "{{ [labels] | sum(attribute='__class__') }}",
        "{{ ['a', 'b'] | max(attribute='__class__') }}",
        "{{ ['a', 'b'] | sort(attribute='__class__.__name__') | join }}",
        "{{ ['a', 'b'] | unique(attribute='__class__') | join }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '{0.__class__}'.format_map({}) }}",
        "{{ ('{0.__class__}' | e).format(1) }}",
        "{{ 'x'.join(['a', 'b']) }}",
        "{{ 'x'.replace('x', 'y') }}",
        "{{ 'x'.center(9) }}",
        "{{ 'x'.ljust(9) }}",
        "{{ 'x'.zfill(9) }}",
        "{{ 'x'.expandtabs(9) }}",
        "{{ 'x'.translate({}) }}",
        "{{ 'x' * 9 }}",
        "{{ 9 * 'x' }}",
        "{{ [1] * 9 }}",
        "{{ '%9d' % 1 }}",
        "{{ ('%9d' | e) % 1 }}",
        "{{ labels() }}",
        "{{ 'a'() }}",
        "{{ level.find(('a',)) }}",
    ],
)
def test_there_is_no_way_out_and_no_way_to_grow(template: str) -> None:
    with pytest.raises(Exception, match=r"there is no|safely callable|for numbers only"):
        render(template, alert_of({"x": "a"}), LEVEL)


@pytest.mark.parametrize(
    "name",
    ["attr", "format", "center", "indent", "wordwrap", "select", "selectattr", "reject",
     "rejectattr", "groupby", "batch", "slice", "list", "pprint", "xmlattr", "tojson", "safe",
     "forceescape", "urlize", "random", "reverse", "filesizeformat", "_nothing"],
)  # fmt: skip
def test_a_filter_that_reaches_too_far_is_not_there(name: str) -> None:
    with pytest.raises(ValueError, match=f"No filter named '{name}'"):
        compiler_of([]).template(f"{{{{ 'a' | {name} }}}}")


@pytest.mark.parametrize("test", ["callable", "filter", "test", "sameas", "escaped"])
def test_a_test_that_nobody_needs_is_not_there(test: str) -> None:
    with pytest.raises(ValueError, match=f"No test named '{test}'"):
        compiler_of([]).template(f"{{{{ 'a' is {test} }}}}")


MANY_LISTED = ", ".join(["labels.x"] * 20)
MANY_TIMES = ["v"] * 20


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ labels.x | replace('a', 'bcdef') | length }}", id="replace"),
        pytest.param(
            r"{{ labels.x | regex_replace('(.*)', '" + r"\\1" * 20 + "') | length }}",
            id="groups of a regex",
        ),
        pytest.param("{{ [" + MANY_LISTED + "] | join | length }}", id="join"),
        pytest.param("{{ labels.commas.split(',') | join('abcdefgh') | length }}", id="by"),
        pytest.param(
            "{% for v in [labels.x] %}{{ (" + " ~ ".join(MANY_TIMES) + ") | length }}{% endfor %}",
            id="~",
        ),
        pytest.param(
            "{% for v in [labels.x] %}{{ (" + " + ".join(MANY_TIMES) + ") | length }}{% endfor %}",
            id="+",
        ),
        pytest.param(
            "{% for v in [labels.x] %}{{ [" + ",".join(MANY_TIMES) + "]|json|length }}{% endfor %}",
            id="json",
        ),
        pytest.param(
            "{% for v in [labels.x] %}{{ [" + ",".join(MANY_TIMES) + "]|string|length }}"
            "{% endfor %}",
            id="string",
        ),
        pytest.param("{{ labels.quote" + " | json" * 22 + " | length }}", id="escapes of escapes"),
        pytest.param("{{ '\"'" + " | json" * 22 + " | length }}", id="constant escapes"),
    ],
)
def test_a_value_that_grows_too_large_is_too_much(template: str) -> None:
    # A text this long is only a tenth of what the same trick could fill.
    with pytest.raises(TooMuch, match=f"more than {MAX_WORK} characters"):
        render(template, large())


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ labels.x }}", f"more than {MAX_TEXT} characters"),
        ("{{ labels.x | upper }}", f"more than {MAX_TEXT} characters"),
        ("{{ labels.x[:20000] }}{{ labels.x[:20000] }}", f"more than {MAX_TEXT} characters"),
        ("{% for v in labels.x[:999] %}{{ labels.x[:99] }}{% endfor %}", "characters"),
        ("{% for v in labels.x %}{% endfor %}", f"more than {MAX_ITEMS} turns"),
        ("{% for v in labels.commas.split(',') if false %}{% endfor %}", "turns"),
    ],
)
def test_what_is_too_long_is_too_much(template: str, said: str) -> None:
    with pytest.raises(TooMuch, match=said):
        render(template, large())


def test_a_loop_of_as_many_turns_as_allowed_runs() -> None:
    text = "{% for v in labels.x[:" + str(MAX_ITEMS) + "] %}{{ v }}{% endfor %}"
    assert render(text, large()) == "a" * MAX_ITEMS


def test_a_template_sees_only_the_beginning_of_a_huge_label() -> None:
    alert = alert_of({"x": "a" * 10 * MAX_SEEN})
    assert render("{{ labels.x | length }}", alert) == str(MAX_SEEN)


def test_a_regex_that_explodes_elsewhere_is_linear() -> None:
    alert = alert_of({"x": "a" * 50_000 + "!"})
    assert render("{{ labels.x | regex_replace('(a+)+$', '') | length }}", alert) == "50001"


def test_a_replacement_is_made_everywhere_or_fails() -> None:
    assert render("{{ labels.x | regex_replace('a', '') }}", alert_of({"x": "a" * 1500})) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7 * 7 }}",
        "{% for a in labels %}x{% endfor %}",
        "{{ labels.x }}",
        "{% raw %}",
        "{#",
        "}}",
    ],
)
def test_a_label_that_looks_like_a_template_is_only_text(text: str) -> None:
    alert = alert_of({"x": text})
    assert render("{{ labels.x }}", alert) == text
    assert render("{{ labels.x ~ '' }}{{ labels.x | replace('a', 'a') }}", alert) == text * 2
    assert render("{{ labels.x | map({}) | default('a') }}", alert) == text


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ " + "(" * 10_000 + "1" + ")" * 10_000 + " }}", id="parentheses"),
        pytest.param("{{ " + "[" * 150 + "1" + "]" * 150 + " }}", id="lists"),
        pytest.param("{{ " + "not " * 300 + "labels.x }}", id="not"),
        pytest.param("{{ " + "-" * 1000 + "values.x }}", id="minus"),
        pytest.param("{{ labels.x" + "|lower" * 3000 + " }}", id="filters"),
        pytest.param("{{ labels" + ".x" * 5000 + " }}", id="attributes"),
        pytest.param("{{ 1" + "+1" * 5000 + " }}", id="sums"),
        pytest.param("{% if labels.x %}" * 110 + "x" + "{% endif %}" * 110, id="ifs"),
        pytest.param("{{ labels.x" + "|lower" * 60 + " }}", id="few filters"),
        pytest.param("{{ 1 " + "if 1 else 1 " * 1000 + "}}", id="conditions"),
    ],
)
def test_a_template_nested_too_deeply_is_refused(template: str) -> None:
    assert len(template) < MAX_TEMPLATE + 100
    with pytest.raises(ValueError, match=r"; "):
        compiler_of([]).template(template)


SLOW = "{{ [" + "labels.x | sort | join," * 700 + "] | length }}"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(SLOW, id="one expression"),
        pytest.param("{{ labels.x | sort | join | length }}" * 400, id="many expressions"),
        pytest.param(
            "{% for a in labels.x[:999] %}{{ labels.x | sort | join | length }}{% endfor %}",
            id="a loop",
        ),
        pytest.param(
            "{{ [" + "labels.x.split('a') | length," * 600 + "] | length }}", id="methods"
        ),
    ],
)
def test_a_template_that_takes_too_long_is_stopped(template: str) -> None:
    began = time.thread_time()
    with pytest.raises(TooMuch, match=f"the template takes more than {MAX_SECONDS} s"):
        render(template, large())
    assert time.thread_time() - began < MAX_SECONDS + 2


def test_a_condition_that_takes_too_long_is_stopped() -> None:
    condition = compiler_of([]).condition("[" + "labels.x | sort | join," * 700 + "] | length > 3")
    with pytest.raises(TooMuch, match=f"the expression takes more than {MAX_SECONDS} s"):
        condition.holds({"labels": {"x": LARGE}})


def test_a_pattern_that_matches_everywhere_in_a_large_text_is_too_much() -> None:
    with pytest.raises(TooMuch, match=f"more than {MAX_MATCHES} times"):
        render("{{ labels.x | regex_replace('a', 'b') }}", large())


def test_many_slow_templates_do_not_add_up(tmp_path: Path) -> None:
    fields = "\n".join(f"        F{n}: '{SLOW}'" for n in range(8))
    rules = rules_of(
        tmp_path,
        f"""
rules:
  - id: slow
    match: any
    set:
      priority: high
      CustomFields:
{fields}
""",
    )
    began = time.thread_time()
    decision = filed(rules.decide(large()))
    assert time.thread_time() - began < MAX_SECONDS_IN_ALL + 3
    assert decision.spec.priority == "high"
    assert len(decision.faults) == 8
    assert "all that the rules say of one alert takes" in decision.faults[-1].message


def test_a_number_of_thousands_of_digits_is_refused_with_a_remedy_for_its_author() -> None:
    with pytest.raises(ValueError, match="; ") as refused:
        compiler_of([]).template("{{ " + "9" * 5000 + " }}")
    assert "sys." not in str(refused.value)


def test_a_template_over_the_size_bound_is_refused() -> None:
    compiler = compiler_of([])
    fits = "{{ 1 }}" + "a" * (MAX_TEMPLATE - 7)
    assert compiler.template(fits).render({}) == "1" + fits[7:]
    with pytest.raises(ValueError, match=f"more than {MAX_TEMPLATE} characters; use a table"):
        compiler.template(fits + "a")


@pytest.mark.parametrize(
    "expression",
    [
        "labels.a }}",
        "labels.a }}{{ labels.b",
        "labels.a }}{% set x = 1 %}{{ labels.b",
        "{{ labels.a }}",
        "labels.a =",
        "lables.a",
        "9 ** 9",
        " ",
        "[" * 300 + "]" * 300,
        "(" * 10_000,
    ],
)
def test_a_condition_that_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=";"):
        compiler_of([]).condition(expression)


@pytest.mark.parametrize("expression", ["labels.__class__.x", "'a' * 9", "labels.x == 'a'"])
def test_a_condition_is_as_strict_as_a_template(expression: str) -> None:
    condition = compiler_of([]).condition(expression)
    with pytest.raises(Exception, match=r"there is no|for numbers only"):
        condition.holds({"labels": {}})
