"""Whatever rules load, and whatever an alert says: it is filed or dropped, soon, with a reason."""

import json
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bridge.domain.alert import Alert
from bridge.domain.errors import ConfigurationError
from bridge.expressions.limits import MAX_SECONDS
from bridge.rules import Rules, load_rules
from bridge.rules.limits import MAX_SECONDS_IN_ALL
from bridge.rules.lint import DeskWords, lint
from tests.rules.given import BACKENDS
from tests.rules.test_never_raises import ALERTS, ANY_TEXT, check

ATOMS = st.sampled_from(
    ["labels.a", "labels['x y']", "annotations.a", "values.a", "alert.name", "alert.starts_at",
     "alert.ends_at", "source", "group", "links.a", "labels", "alert", "1", "-3.5", "'x'", "''",
     "[labels.a, 1]", "{'a': labels.a}", "t(labels.a)", "t(labels)", "u(labels.a, source).to",
     "u('x')", "t", "labels.__class__", "none", "true"]
)  # fmt: skip
FILTERS = st.sampled_from(
    ["host", "map({'a': 'b'})", "map(labels)", "regex_replace(labels.a, source)", "lower", "int",
     "regex_replace('a', 'bb')", "truncate_chars(3)", "truncate_chars(labels.a)", "duration",
     "localtime('Europe/Paris')", "localtime(labels.a)", "json", "slug", "join(labels.a)",
     "default('x')", "default(labels.b)", "first", "last", "sort", "unique", "dictsort", "items",
     "length", "float", "round(2)", "sum", "min", "max", "urlencode", "replace('a', labels.b)",
     "title", "trim", "wordcount", "escape", "abs", "string"]
)  # fmt: skip
EXPRESSIONS: st.SearchStrategy[str] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({}) | {}".format, inner, FILTERS),
        st.builds("({}) {} ({})".format, inner, st.sampled_from("~+-*/%<"), inner),
        st.builds("({}) in ({})".format, inner, inner),
        st.builds("({}) if ({}) else ({})".format, inner, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["x", "upper()", "get('a')", "year"])),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)
TEMPLATES = st.one_of(
    ANY_TEXT,
    st.builds("{{{{ {} }}}}".format, EXPRESSIONS),
    st.builds("{{{{ {} }}}}{}{{{{ {} }}}}".format, EXPRESSIONS, ANY_TEXT, EXPRESSIONS),
    st.builds("{{% if {} %}}a{{% else %}}{{{{ {} }}}}{{% endif %}}".format, *[EXPRESSIONS] * 2),
    st.builds("{{% for v in {} %}}{{{{ v, {} }}}}{{% endfor %}}".format, *[EXPRESSIONS] * 2),
    st.sampled_from(["{% raw %}{{{% endraw %}", "{# x #}"]),
)
MATCHERS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["a", "source", "payload.a.0", "values.a", "annotations.a", "status"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(['""', '".*"', '"(a+)+$"', '"a|b"', "desk", '"(?i)x{1,9}"']),
)
SOME = st.lists(MATCHERS, min_size=1, max_size=2)
SCALARS = st.one_of(TEMPLATES, st.integers(), st.floats(), st.booleans())
TYPES = ["string", "integer", "double", "boolean", "long", "integer_list", "string_list", "text"]
TYPED = st.fixed_dictionaries({"value": SCALARS, "type": st.sampled_from(TYPES)})
SETS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("subject", "description", "priority", "CI_Value", "note"), TEMPLATES),
        "backend": TEMPLATES | st.sampled_from(["desk", "other"]),
        "tags": st.lists(TEMPLATES, max_size=2),
        "links": st.dictionaries(st.sampled_from("ab"), TEMPLATES, max_size=2),
        "CustomFields": st.dictionaries(st.sampled_from("ab"), SCALARS | TYPED, max_size=2),
        "raw": st.fixed_dictionaries({"desk": st.dictionaries(st.sampled_from("ab"), SCALARS)}),
    },
)
BEHAVIOUR: dict[Any, Any] = {
    "set": SETS,
    "key": TEMPLATES | st.sampled_from([{"by": ["payload.a", "a"]}, {"by": "labels"}]),
    "mute": st.sampled_from([{"weekdays": "mon-sun"}, {"times": "22:00-06:00"}, []]),
    "hold": st.sampled_from(["0", "1m"]),
}
BY_KIND: Any = st.dictionaries(st.sampled_from(("all", "any", "none")), SOME, min_size=1)
PLAIN_RULE: dict[Any, Any] = {"match": st.just("any") | SOME | BY_KIND}
RULES = st.one_of(
    st.fixed_dictionaries(
        PLAIN_RULE, optional={**BEHAVIOUR, "when": EXPRESSIONS, "final": st.booleans()}
    ),
    st.fixed_dictionaries({**PLAIN_RULE, "drop": st.just("noise")}),
)
TABLES = {
    "t": {"map": {"a": "b", "*": "c"}},
    "u": {"key": ["p", "q"], "rows": [{"p": "x", "q": "*", "to": "y"}], "miss": {"to": "z"}},
}
FILES: Any = st.fixed_dictionaries(
    {"version": st.just(1), "tables": st.just(TABLES)},
    optional={
        "unmatched": st.sampled_from(["file", "drop"]),
        "defaults": st.fixed_dictionaries({}, optional=BEHAVIOUR),
        "rules": st.lists(RULES, max_size=4).map(
            lambda rules: [{"id": f"r{n}", **rule} for n, rule in enumerate(rules)]
        ),
    },
)
#: What the machine may be busy with meanwhile.
PATIENCE = 3.0


def load(data: Any) -> tuple[Rules | None, str]:
    """Load generated rules, if they can be, and lint them; JSON is YAML."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.yaml")
        file.write_text(json.dumps(data))
        report = lint([file], desks=dict.fromkeys(BACKENDS, DeskWords()), default_backend="desk")
        said = "\n".join(map(str, report.problems))
        with suppress(ConfigurationError):
            return load_rules([file], backends=BACKENDS, default_backend="desk"), said
        return None, said


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=FILES, alert=ALERTS)
def test_any_alert_is_filed_or_dropped_by_any_rules_that_load(data: Any, alert: Alert) -> None:
    rules, said = load(data)
    event(f"loads: {rules is not None}")
    if rules is None:
        assert said
        return
    began = time.thread_time()
    rules.decide(alert)
    assert time.thread_time() - began < MAX_SECONDS_IN_ALL + MAX_SECONDS + PATIENCE
    check(rules, frozenset(BACKENDS), alert)
