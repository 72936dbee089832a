"""The `tests:` of rules files, as read: what happens, and what should come of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import ConfigurationError, Problem
from bridge.domain.json import JsonObject
from bridge.domain.spec import public_name
from bridge.rules.fields import NamedTexts, Text, Texts
from bridge.rules.files import rule_files
from bridge.rules.schema import RuleFileSection, SetSection
from bridge.yamlfile import (
    CheckedField,
    Document,
    Refer,
    Section,
    Span,
    Where,
    load,
    schema_problems,
)

#: When tests begin that do not say when: a Monday at noon.
BEGINNING = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
#: How long tests that do not say so go on after the last step: hold and resolve_after run out.
LAST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Alerts that fire or clear together."""

    status: AlertStatus
    alerts: Sequence[Mapping[str, Any]]  #: as AlertSection loads them


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes in, some time after the step before: alerts, or a recorded body."""

    after: timedelta
    comes: Sequence[Said | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One of `tests:`."""

    name: str
    file: str
    line: int
    source: str | None  #: None: the test does not care
    begins: datetime
    steps: Sequence[Step]
    wait: timedelta
    expect: Mapping[str, Any]  #: by public name

    @property
    def location(self) -> str:
        """Say FILE:LINE."""
        return f"{self.file}:{self.line}"


class AlertSection(Section):
    """An alert as a step tells it."""

    labels = NamedTexts(required=True)
    annotations = NamedTexts()
    values = fields.Dict(fields.String(), fields.Float())
    group = NamedTexts()
    links = NamedTexts()
    name = Text()
    fingerprint = Text()
    payload = fields.Dict(fields.String())


_ALERT = AlertSection()


class Alerts(CheckedField[Sequence[Mapping[str, Any]]]):
    """An alert, or a list of them that come together; the short form of one is its labels."""

    def read(self, value: object) -> Sequence[Mapping[str, Any]]:
        """Read each form as the long one."""
        if isinstance(value, list):
            return [self._alert(item) for item in value]
        return [self._alert(value)]

    def json_schema(self, refer: Refer) -> JsonObject:
        """Describe labels by name, the long form, and a list of either."""
        either: JsonObject = {"anyOf": [refer(AlertSection), NamedTexts().json_schema(refer)]}
        return {"anyOf": [either, {"type": "array", "items": either}]}

    def _alert(self, value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping) or not value:
            raise ValidationError("is no alert; write its labels, or {labels: {}, annotations: {}}")
        is_long = isinstance(value.get("labels"), Mapping)
        loaded: Mapping[str, Any] = _ALERT.load(value if is_long else {"labels": value})
        return loaded


class Moment(CheckedField[datetime]):
    """A point in time that says its zone."""

    def read(self, value: object) -> datetime:
        """Read RFC 3339."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ValidationError(f"{value!r} is no time; write it like 2026-03-01T22:30:00Z")
        return moment.astimezone(UTC)

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe RFC 3339."""
        return {"type": "string", "format": "date-time"}


class StepSection(Section):
    """One of `steps:`; one with `after` alone lets time pass."""

    after = Span(load_default=timedelta(0))
    fire = Alerts()
    resolve = Alerts()
    payload = fields.String()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_emptiness(
        self, _data: Mapping[str, Any], original_data: object, **_kwargs: object
    ) -> None:
        """Refuse a step in which nothing happens, not even time."""
        if original_data == {}:
            raise ValidationError("the step is empty; give it fire:, resolve:, payload: or after:")


class Notes(CheckedField[int | Sequence[str]]):
    """How many notes, or texts that they should hold."""

    def read(self, value: object) -> int | Sequence[str]:
        """Read a number or texts."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return [Text().read(text) for text in (value if isinstance(value, list) else [value])]

    def json_schema(self, refer: Refer) -> JsonObject:
        """Describe a number, a text, and a list of texts."""
        return Texts().json_schema(refer)


def _count() -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, error="is no number of them"))


class ExpectSection(SetSection):
    """`expect:`, any field of `set:` and what became of the alerts."""

    custom_fields = fields.Dict(fields.String(), data_key="CustomFields")  # type: ignore[assignment]  # marshmallow reads what stands here last
    tickets = _count()
    dropped = _count()
    rule = Text()
    state = fields.String(
        validate=validate.OneOf(("open", "resolved"), error="is neither; write open or resolved")
    )
    notes = Notes()


class RuleTestSection(Section):
    """One of `tests:`."""

    name = fields.String(required=True, validate=validate.Length(1, error="is empty; name it"))
    source = fields.String()
    at = Moment(load_default=BEGINNING)
    payload = fields.String()
    steps = fields.List(fields.Nested(StepSection), load_default=list)
    wait = Span(load_default=LAST_WAIT)
    expect = fields.Nested(ExpectSection, required=True)

    @validates_schema(skip_on_field_errors=False)
    def require_something(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse a test in which nothing comes in."""
        if "payload" not in data and not data.get("steps"):
            raise ValidationError("the test has no steps; give it steps: or a payload:")


class RuleFileWithTestsSection(RuleFileSection):
    """A whole rules file, for those who write one."""

    tests = fields.List(fields.Nested(RuleTestSection))


_TEST = RuleTestSection()


def read_tests(paths: Iterable[Path]) -> Sequence[RuleTest]:
    """Read the tests of rules files, and of the files of folders; raise ConfigurationError."""
    problems: list[Problem] = []
    tests: list[RuleTest] = []
    for file in (file for path in paths for file in rule_files(path)):
        document = load(file)
        said = document.data.get("tests") if isinstance(document.data, Mapping) else None
        for number, test in enumerate(said if isinstance(said, list) else ()):
            where = ("tests", number)
            try:
                section = _TEST.load(test)
            except ValidationError as error:
                problems += schema_problems(document, error, where)
                continue
            tests.append(_test(document, number, section))
            problems += _missing_payloads(document, number, tests[-1])
    if problems:
        raise ConfigurationError(problems)
    return tests


def _test(document: Document, number: int, section: Mapping[str, Any]) -> RuleTest:
    folder, where = Path(document.file).parent, ("tests", number)
    expect = {public_name(name): value for name, value in section["expect"].items()}
    # What differs is told in the order in which the author expects it.
    in_order = sorted(expect, key=lambda name: document.mark((*where, "expect", name)))
    steps = [_step(said, folder) for said in section["steps"]]
    if "payload" in section:
        steps.insert(0, Step(after=timedelta(0), comes=[folder / section["payload"]]))
    return RuleTest(
        name=section["name"],
        file=document.file,
        line=document.mark(where)[0],
        source=section.get("source"),
        begins=section["at"],
        steps=steps,
        wait=section["wait"],
        expect={name: expect[name] for name in in_order},
    )


def _step(section: Mapping[str, Any], folder: Path) -> Step:
    comes: list[Said | Path] = []
    for verb, status in (("fire", AlertStatus.FIRING), ("resolve", AlertStatus.RESOLVED)):
        if verb in section:
            comes.append(Said(status=status, alerts=section[verb]))
    if "payload" in section:
        comes.append(folder / section["payload"])
    return Step(after=section["after"], comes=comes)


def _missing_payloads(document: Document, number: int, test: RuleTest) -> Iterator[Problem]:
    steps = range(len(test.steps))
    wheres: list[Where] = [("payload",), *(("steps", step, "payload") for step in steps)]
    for where in wheres:
        said = document.at(("tests", number, *where))
        file = Path(document.file).parent / str(said)
        if isinstance(said, str) and not file.is_file():
            yield document.problem(
                ("tests", number, *where),
                f"the payload {file} does not exist",
                "give the path of a recorded body, relative to this file",
            )
