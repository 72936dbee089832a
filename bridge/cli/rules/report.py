"""How the outcome of rule tests is said: to people, and to programs."""

from collections.abc import Iterator

from bridge.trial.expect import Difference
from bridge.trial.run import Outcome, Report
from bridge.trial.wording import difference_lines


def text_of(report: Report, *, verbose: bool) -> str:
    """Say what failed and how, which rules no test reaches, and the count."""
    return "".join(f"{line}\n" for line in _lines(report, verbose=verbose))


def json_of(report: Report) -> object:
    """Give the same for programs."""
    return {
        "passed": len(report.outcomes) - len(report.failed),
        "failed": len(report.failed),
        "seconds": round(report.seconds, 3),
        "tests": [_outcome(outcome) for outcome in report.outcomes],
        "rules": {
            "total": report.rules,
            "unreached": [
                {"rule": rule, "location": location} for rule, location in report.unreached.items()
            ],
        },
    }


def _lines(report: Report, *, verbose: bool) -> Iterator[str]:
    for outcome in report.outcomes:
        if not outcome.passed:
            yield f"FAIL  {outcome.test.location}  {outcome.test.name}"
            yield from (f"      {line}" for line in difference_lines(outcome))
        elif verbose:
            yield f"ok    {outcome.test.location}  {outcome.test.name}"
    for rule, location in report.unreached.items():
        yield f"no test reaches the rule {rule} ({location})"
    failed, reached = len(report.failed), report.rules - len(report.unreached)
    yield (
        f"{len(report.outcomes) - failed} passed, {failed} failed in {report.seconds:.2f} s; "
        f"{reached} of {report.rules} rules reached"
    )


def _outcome(outcome: Outcome) -> object:
    return {
        "name": outcome.test.name,
        "file": outcome.test.file,
        "line": outcome.test.line,
        "passed": outcome.passed,
        "seconds": round(outcome.seconds, 4),
        "error": outcome.error or None,
        "differences": [_difference(found) for found in outcome.differences],
    }


def _difference(difference: Difference) -> object:
    return {
        "field": difference.name,
        "expected": difference.expected,
        "found": difference.found,
        "because": difference.because or None,
    }
