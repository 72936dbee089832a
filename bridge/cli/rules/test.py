"""`bridge rules test`: the tests beside the rules, on every save."""

from functools import partial
from pathlib import Path

import click

from bridge.cli.options import (
    ANY_BACKEND,
    config_option,
    json_option,
    print_json,
    settings_if_any,
    stop_logging,
)
from bridge.cli.rules.report import json_of, text_of
from bridge.rules import load_rules
from bridge.rules.rule_tests import read_tests
from bridge.settings.named import source_named
from bridge.trial.junit import as_junit
from bridge.trial.run import run_tests


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@config_option
@click.option("-k", "words", default="", help="Only the tests whose name holds this.")
@click.option("-v", "--verbose", is_flag=True, help="Name the tests that pass, too.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML to this file.")
@json_option
@click.pass_context
def test(
    context: click.Context,
    paths: tuple[Path, ...],
    config: Path,
    *,
    words: str,
    verbose: bool,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Run the tests of the rules in PATH, which are one set: files, or folders of *.yaml.

    Without PATH, those of the configuration, or of rules/.
    """
    stop_logging()
    settings = settings_if_any(context, config)
    paths = paths or (settings.rules if settings is not None else Path("rules"),)
    rules = load_rules(
        paths,
        backends=settings.backends if settings is not None else None,
        default_backend=settings.default_backend if settings is not None else ANY_BACKEND,
    )
    tests = [test for test in read_tests(paths) if words in test.name]
    if not tests:
        message = "no test was found; write `tests:` beside the rules, or mend -k"
        raise click.ClickException(message)
    report = run_tests(tests, rules, partial(source_named, settings))
    if junit is not None:
        junit.write_bytes(as_junit(report))
    if as_json:
        print_json(json_of(report))
    else:
        click.echo(text_of(report, verbose=verbose), nl=False)
    context.exit(1 if report.failed else 0)
