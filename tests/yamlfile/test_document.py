"""YAML read so that every mistake can be found: places, repeats, bounds."""

from itertools import pairwise
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.yamlfile import load, parse
from bridge.yamlfile.document import MAX_VALUES

TEXT = """\
# a comment
server:
  bind: 127.0.0.1:8080
sources:
  - name: one
  - name: two
"""


def problems(text: str) -> list[str]:
    try:
        return [str(problem) for problem in parse(text, "bridge.yaml").problems]
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]


@pytest.mark.parametrize(
    ("where", "mark"),
    [
        (("server",), (2, 1)),
        (("server", "bind"), (3, 3)),
        (("sources", 1), (6, 5)),
        (("sources", 1, "name"), (6, 5)),
        (("server", "port"), (2, 1)),
        (("nothing", "here"), (2, 1)),
    ],
)
def test_every_place_has_a_line_and_a_column(
    where: tuple[str | int, ...], mark: tuple[int, int]
) -> None:
    assert parse(TEXT, "bridge.yaml").mark(where) == mark


def test_what_stands_at_a_place_can_be_asked_for() -> None:
    document = parse(TEXT, "bridge.yaml")
    assert document.at(("sources", 1, "name")) == "two"
    assert document.at(("sources", 7)) is None
    assert document.at(("server", "bind", "deeper")) is None


def test_plain_values_have_the_types_that_yaml_gives_them() -> None:
    document = parse("{a: 1, b: 1.5, c: true, d: text, e: null, f: 2026-01-05}", "x.yaml")
    assert document.data == {"a": 1, "b": 1.5, "c": True, "d": "text", "e": None, "f": "2026-01-05"}


def test_a_key_that_stands_twice_is_a_problem_at_its_second_place() -> None:
    assert problems("a: 1\nb: 2\na: 3\n") == [
        "bridge.yaml:3:1: the key 'a' stands here twice; remove one of them"
    ]


def test_text_that_is_no_yaml_says_where_it_stops_being_some() -> None:
    [said] = problems("a: [1, 2\nb: 3\n")
    assert said.startswith("bridge.yaml:2:2: not YAML: ")


def test_a_value_that_its_tag_does_not_fit_is_a_problem() -> None:
    assert problems("a: !!int many\n") == [
        "bridge.yaml:1:4: cannot read 'many' as tag:yaml.org,2002:int; put it in quotes"
    ]


def test_a_small_file_cannot_become_a_huge_one() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghij"
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    [said] = problems("\n".join(lines))
    assert "too many values" in said
    assert MAX_VALUES < 10**9


def test_an_alias_of_itself_is_a_problem_and_not_an_endless_loop() -> None:
    assert any("nested too deeply" in said for said in problems("a: &a [*a]\n"))


def test_a_python_object_is_never_made() -> None:
    made = parse("a: !!python/object/apply:os.getcwd []", "x.yaml").data
    assert made == {"a": []}


def test_a_file_that_is_not_there_is_a_problem_of_that_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.yaml:1:1: cannot be read: "):
        load(tmp_path / "gone.yaml")


def test_a_file_in_another_encoding_is_a_problem_of_that_file(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("name: Zürich".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load(file)


def test_substitutions_happen_after_the_yaml_was_read() -> None:
    document = parse('a: "${X}"', "x.yaml", lambda text: text.replace("${X}", "b: [c"))
    assert document.data == {"a": "b: [c"}


def test_a_failed_substitution_is_a_problem_where_it_stands() -> None:
    def refuse(_text: str) -> str:
        raise ValueError("X is not set; export it")

    document = parse('a: {n: 1}\nb: "${X}"', "x.yaml", refuse)
    assert list(map(str, document.problems)) == ["x.yaml:2:4: X is not set; export it"]
    assert document.is_broken(("b",))
    assert not document.is_broken(("a", "n"))
