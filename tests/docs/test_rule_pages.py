"""Every example of the pages about rules is a rules file that loads, is clean and passes."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bridge.expressions.filters import FILTERS
from bridge.rules import load_rules
from bridge.rules.lint import lint
from bridge.rules.rule_tests import read_tests
from bridge.rules.schema import BehaviourSection, SetSection
from bridge.settings.named import source_named
from bridge.trial.run import run_tests
from bridge.trial.wording import difference_lines
from tests.rules.given import alert_of, render

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("rules.md", "cookbook.md")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(\{.+?\})` \| `(.*)` \|$", re.MULTILINE)

Example = tuple[str, dict[str, str]]  #: the rules, and the files beside them


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def examples(page: str) -> Iterator[tuple[str, Example]]:
    """Give the rules on a page under their headings, with the tables that follow them."""
    text = text_of(page)
    blocks = list(BLOCK.finditer(text))
    for number, block in enumerate(blocks):
        if block[1] != "yaml":
            continue
        beside = {}
        for later in blocks[number + 1 :]:
            if later[1] != "csv":
                break
            beside[later[2]] = later[3]
        heading = [found[1] for found in HEADING.finditer(text, 0, block.start())][-1]
        line = text.count("\n", 0, block.start()) + 1
        yield f"{page}:{line} {heading}", (block[3], beside)


EXAMPLES = [pytest.param(e, id=name) for page in PAGES for name, e in examples(page)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_clean_and_does_as_it_says(tmp_path: Path, example: Example) -> None:
    rules, beside = example
    (tmp_path / "rules.yaml").write_text(rules)
    for name, text in beside.items():
        (tmp_path / name).write_text(text)
    report = lint([tmp_path], desks=None, default_backend="desk")
    assert [str(problem) for problem in report.problems] == []
    book = load_rules([tmp_path], backends=None, default_backend="desk")
    outcome = run_tests(read_tests([tmp_path]), book, partial(source_named, None))
    assert outcome.outcomes
    wrong = [line for failed in outcome.failed for line in difference_lines(failed)]
    assert not outcome.failed, "\n".join([*(failed.test.name for failed in outcome.failed), *wrong])
    assert outcome.unreached == {}


def test_there_are_ten_situations_in_the_cookbook() -> None:
    assert len(HEADING.findall(text_of("cookbook.md"))) == 10
    assert len(list(examples("cookbook.md"))) == 10


@pytest.mark.parametrize(("template", "gives"), ROW.findall(text_of("rules.md")))
def test_a_template_gives_what_the_page_says(template: str, gives: str) -> None:
    alert = alert_of({"alertname": "Lag", "instance": "pg1:9187"})
    assert render(template.replace(r"\|", "|"), alert).strip() == gives


def test_the_page_names_every_filter_field_and_policy() -> None:
    text = text_of("rules.md")
    assert len(ROW.findall(text)) > 15
    named = set(re.findall(r"`([\w.]+)`", text)) | set(re.findall(r"\\\| (\w+)", text))
    said = {f.data_key or name for name, f in SetSection().fields.items()}
    assert said - named == set()
    assert set(BehaviourSection().fields) - {"set", "key"} - named == set()
    assert set(FILTERS) - {"d", "e"} - named == set()
