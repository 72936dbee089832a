"""Run rule tests: each in a bridge of its own, and see which rules they reach."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source
from bridge.rules import Rules
from bridge.rules.rule_tests import RuleTest, Said
from bridge.trial.expect import Difference, Ending, differences
from bridge.trial.rehearsal import Endless, Rehearsal
from bridge.trial.step_source import CONTENT_TYPE, Steps, StepSource

#: The name of the source of tests that do not care.
ANY_SOURCE = "alertmanager"

#: Gives the source of a recorded payload by the name a test says; raise ValueError.
SourceNamed = Callable[[str], Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one test ended."""

    test: RuleTest
    seconds: float
    differences: Sequence[Difference] = ()
    error: str = ""  #: why it could not be run to its end
    applied: frozenset[str] = field(default_factory=frozenset)  #: rules that it reached

    @property
    def passed(self) -> bool:
        """True when all came out as expected."""
        return not self.differences and not self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How all tests ended, and what they leave out."""

    outcomes: Sequence[Outcome]
    rules: int
    unreached: Mapping[str, str]  #: where they stand, by the ids of rules that no test reached
    seconds: float

    @property
    def failed(self) -> Sequence[Outcome]:
        """Give the tests that did not pass."""
        return [outcome for outcome in self.outcomes if not outcome.passed]


def run_tests(tests: Sequence[RuleTest], rules: Rules, source_named: SourceNamed) -> Report:
    """Run every test."""
    started = time.perf_counter()
    outcomes = [run_test(test, rules, source_named) for test in tests]
    applied = frozenset[str]().union(*(outcome.applied for outcome in outcomes))
    return Report(
        outcomes=outcomes,
        rules=len(rules.locations),
        unreached={id_: at for id_, at in rules.locations.items() if id_ not in applied},
        seconds=time.perf_counter() - started,
    )


def run_test(test: RuleTest, rules: Rules, source_named: SourceNamed) -> Outcome:
    """Run one test."""
    started = time.perf_counter()
    rehearsal = Rehearsal(rules, test.begins)
    error, found = "", []
    try:
        ending = Ending(rehearsal=rehearsal, dropped=_play(test, rehearsal, source_named))
        found = list(differences(test.expect, ending))
    except (Endless, MalformedBody, ValueError, OSError) as exc:
        error = str(exc)
    traced = [told for decision in rehearsal.rules.decisions for told in decision.trace.rules]
    return Outcome(
        test=test,
        seconds=time.perf_counter() - started,
        differences=found,
        error=error,
        applied=frozenset(told.rule for told in traced if told.applied),
    )


def _play(test: RuleTest, rehearsal: Rehearsal, source_named: SourceNamed) -> int:
    """Take the steps; give how many alerts were dropped."""
    name, steps, dropped = test.source or ANY_SOURCE, Steps(), 0
    for step in test.steps:
        rehearsal.wait(step.after)
        for comes in step.comes:
            if isinstance(comes, Said):
                source: Source = StepSource(name=name)
                body = steps.body(comes, rehearsal.time)
            else:
                source, body = source_named(name), comes.read_bytes()
            dropped += rehearsal.receive(source, body, CONTENT_TYPE).dropped
    rehearsal.wait(test.wait)
    return dropped
