"""`bridge rules lint`: mistakes that load, each with its place and a remedy."""

from collections.abc import Mapping
from pathlib import Path

import click

from bridge.cli.options import ANY_BACKEND, config_option, json_option, print_json, settings_if_any
from bridge.domain.errors import Problem
from bridge.rules.lint import DeskWords, Report
from bridge.rules.lint import lint as find
from bridge.settings import BackendSettings, Settings


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@config_option
@json_option
@click.pass_context
def lint(context: click.Context, paths: tuple[Path, ...], config: Path, *, as_json: bool) -> None:
    """Find mistakes in the rules in PATH, which are one set: files, or folders of *.yaml.

    Without PATH, those of the configuration, or of rules/. Where there is a configuration, the
    rules are held against its backends and sources, too.
    """
    settings = settings_if_any(context, config)
    report = find(
        paths or (settings.rules if settings is not None else Path("rules"),),
        desks=_words(settings) if settings is not None else None,
        default_backend=settings.default_backend if settings is not None else ANY_BACKEND,
        sources=settings.sources if settings is not None else None,
    )
    if as_json:
        print_json({"findings": [_as_json(problem) for problem in report.problems]})
    else:
        _say(report)
    context.exit(2 if report.is_unreadable else 1 if report.has_errors else 0)


def _words(settings: Settings) -> Mapping[str, DeskWords]:
    return {name: _words_of(backend) for name, backend in settings.backends.items()}


def _words_of(backend: BackendSettings) -> DeskWords:
    section = backend.section
    return DeskWords(
        words=backend.type.vocabulary(section).known(),
        declared=frozenset(section["values"]),
        given=frozenset(name for name, text in section.get("defaults", {}).items() if text),
        required=section["required"],
    )


def _say(report: Report) -> None:
    for problem in report.problems:
        place = f"{problem.file}:{problem.line}:{problem.column}"
        kind = "warning: " if problem.is_warning else ""
        click.echo(f"{place}: {kind}{problem.message}; {problem.remedy}")
    warnings = sum(problem.is_warning for problem in report.problems)
    errors = len(report.problems) - warnings
    click.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}", err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _as_json(problem: Problem) -> object:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": "warning" if problem.is_warning else "error",
        "message": problem.message,
        "remedy": problem.remedy,
    }
