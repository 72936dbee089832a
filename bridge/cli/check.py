"""`bridge check`: whether the configuration is right and the desks answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from bridge.backends import Desk, Offer
from bridge.bootstrap import build_desks, load_rule_book
from bridge.cli.capabilities import capabilities_json, lacks_of
from bridge.cli.options import config_option, json_option, print_json, read_settings
from bridge.domain.errors import DeskError
from bridge.rules import Rules
from bridge.rules.lint import DeskWords, unknown_custom_fields, unknown_words


@click.command()
@config_option
@click.option("--online", is_flag=True, help="Also ask each service desk.")
@json_option
@click.pass_context
def check(context: click.Context, config: Path, *, online: bool, as_json: bool) -> None:
    """Check the configuration and the rules; with --online, each desk as well.

    Notes say what a desk cannot do, and what happens instead.
    """
    settings = read_settings(config)
    rules = load_rule_book(settings)
    desks = build_desks(settings)
    problems: list[str] = []
    notes: list[str] = []
    if online:
        problems, notes = _ask(desks, rules)
    if as_json:
        print_json(
            {
                "sources": list(settings.sources),
                "backends": list(settings.backends),
                "capabilities": {n: capabilities_json(desk.can) for n, desk in desks.items()},
                "rules_version": rules.version,
                "warnings": [str(warning) for warning in settings.warnings],
                "problems": problems,
                "notes": notes,
            }
        )
    else:
        _say(
            problems,
            notes,
            [
                f"{config}: fine; sources {', '.join(settings.sources)}; "
                f"backends {', '.join(settings.backends)}; rules {rules.version[:12]}",
                *_lacks(desks),
            ],
        )
    context.exit(1 if problems else 0)


def _ask(desks: Mapping[str, Desk], rules: Rules) -> tuple[list[str], list[str]]:
    """Ask every desk whether it works, and for what the rules use of it; give what is to say."""
    problems = [problem for desk in desks.values() for problem in desk.check()]
    if problems:
        return problems, []
    offers: dict[str, Offer] = {}
    for name, desk in desks.items():
        try:
            offers[name] = desk.offered()
        except DeskError as error:
            problems.append(str(error))
            offers[name] = Offer()
    words = {n: DeskWords(words=offer.words, declared=offer.words) for n, offer in offers.items()}
    fields = {name: offer.custom_fields for name, offer in offers.items()}
    found = [
        *unknown_words(rules.compiled, words),
        *unknown_custom_fields(rules.compiled, fields),
    ]
    silent = [name for name, offer in offers.items() if offer == Offer()]
    notes = [f"{name} cannot say which options it has; compare them by hand" for name in silent]
    return [*problems, *map(str, sorted(found))], notes


def _lacks(desks: Mapping[str, Desk]) -> list[str]:
    said = {name: "; ".join(lacks_of(desk.can)) for name, desk in desks.items()}
    return [f"note: {name}: {lacks}" for name, lacks in said.items() if lacks]


def _say(problems: Sequence[str], notes: Sequence[str], fine: Sequence[str]) -> None:
    for line in (*problems, *(f"note: {note}" for note in notes)):
        click.echo(line, err=True)
    for line in () if problems else fine:
        click.echo(line)
