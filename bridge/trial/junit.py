"""The outcome of rule tests as JUnit XML, which every CI shows."""

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from bridge.trial.run import Outcome, Report
from bridge.trial.wording import difference_lines

#: What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_junit(report: Report) -> bytes:
    """Write one suite for each file of rules."""
    root = Element("testsuites", {"name": "bridge rules test", **_totals(report.outcomes)})
    for file, outcomes in groupby(report.outcomes, key=lambda outcome: outcome.test.file):
        _add_suite(root, file, list(outcomes))
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_suite(root: Element, file: str, outcomes: Sequence[Outcome]) -> None:
    suite = SubElement(root, "testsuite", {"name": _clean(file), **_totals(outcomes)})
    for outcome in outcomes:
        case = SubElement(
            suite,
            "testcase",
            classname=_clean(file),
            name=_clean(outcome.test.name),
            file=_clean(file),
            line=str(outcome.test.line),
            time=f"{outcome.seconds:.4f}",
        )
        if not outcome.passed:
            kind = "error" if outcome.error else "failure"
            SubElement(case, kind, message=_clean(_summary(outcome))).text = _clean(
                "\n".join(difference_lines(outcome))
            )


def _totals(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(bool(o.differences) and not o.error for o in outcomes)),
        "errors": str(sum(bool(o.error) for o in outcomes)),
        "time": f"{sum(o.seconds for o in outcomes):.4f}",
    }


def _summary(outcome: Outcome) -> str:
    names = ", ".join(difference.name for difference in outcome.differences)
    return outcome.error or f"{names}: not as expected"


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("?", text)
