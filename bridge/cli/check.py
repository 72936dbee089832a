"""`bridge check`: whether the configuration is right and the desks answer."""

from pathlib import Path

import click

from bridge.bootstrap import build_desks, load_rule_book
from bridge.cli.options import config_option, json_option, print_json, read_settings


@click.command()
@config_option
@click.option("--online", is_flag=True, help="Also ask each service desk.")
@json_option
@click.pass_context
def check(context: click.Context, config: Path, *, online: bool, as_json: bool) -> None:
    """Check the configuration and the rules; with --online, each desk as well."""
    settings = read_settings(config)
    rules = load_rule_book(settings)
    problems: list[str] = []
    if online:
        for desk in build_desks(settings).values():
            problems += desk.check()
    if as_json:
        print_json(
            {
                "sources": list(settings.sources),
                "backends": list(settings.backends),
                "rules_version": rules.version,
                "warnings": [str(warning) for warning in settings.warnings],
                "problems": problems,
            }
        )
    else:
        _say(
            problems,
            f"{config}: fine; sources {', '.join(settings.sources)}; "
            f"backends {', '.join(settings.backends)}; rules {rules.version[:12]}",
        )
    context.exit(1 if problems else 0)


def _say(problems: list[str], fine: str) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    if not problems:
        click.echo(fine)
