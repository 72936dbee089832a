"""All findings about some rules, in one list."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.domain.errors import ConfigurationError, Problem
from bridge.rules.lint.desks import DeskWords, half_items, lacking_fields, unknown_words
from bridge.rules.lint.faults import failing
from bridge.rules.lint.reach import unreachable
from bridge.rules.lint.rows import useless_rows
from bridge.rules.lint.void import careless_drops, void_matches
from bridge.rules.loader import Loaded, read_rules
from bridge.rules.rule_tests import read_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What lint found, in the order of the files."""

    problems: Sequence[Problem]
    is_unreadable: bool  #: a file is not there, or not YAML

    @property
    def has_errors(self) -> bool:
        """Say whether there is more than warnings."""
        return any(not problem.is_warning for problem in self.problems)


def lint(
    paths: Sequence[Path],
    *,
    desks: Mapping[str, DeskWords] | None,
    default_backend: str,
    sources: Collection[str] | None = None,
) -> Report:
    """Read rules and find what is wrong; without `desks` or `sources`, as far as can be told."""
    loaded = read_rules(paths, backends=desks, default_backend=default_backend)
    found = {
        *loaded.problems,
        *_in_tests(paths),
        *_findings(loaded, desks or {}, sources),
    }
    return Report(problems=sorted(found), is_unreadable=loaded.is_unreadable)


def _in_tests(paths: Sequence[Path]) -> Sequence[Problem]:
    try:
        read_tests(paths)
    except ConfigurationError as error:
        return error.problems
    return ()


def _findings(
    loaded: Loaded, desks: Mapping[str, DeskWords], sources: Collection[str] | None
) -> Iterator[Problem]:
    whole = [rule for rule in loaded.rules.rules if rule.name not in loaded.doubtful]
    yield from useless_rows(loaded.rules.tables)
    yield from void_matches(whole, sources)
    yield from careless_drops(whole)
    yield from unreachable(whole)
    yield from failing([*loaded.rules.defaults, *whole], loaded.rules.tables)
    yield from unknown_words(loaded.rules, desks)
    if not loaded.problems:
        yield from half_items(loaded.rules)
        yield from lacking_fields(loaded.rules, desks, loaded.first)
