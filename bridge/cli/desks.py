"""`bridge desks`: which service desks there are, and what it takes to describe another."""

import click

from bridge.backends import BACKENDS
from bridge.backends.rest.files import read_description, shipped
from bridge.backends.rest.schema import DescriptionFile
from bridge.cli.options import json_option, print_json
from bridge.jsonschema import document


@click.group()
def desks() -> None:
    """See which service desks there are, and start a description of your own."""


@desks.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the types of backends, and the descriptions that come with the bridge."""
    titles = {name: read_description(file).title for name, file in shipped().items()}
    if as_json:
        told = [{"name": name, "title": title} for name, title in titles.items()]
        print_json({"types": sorted(BACKENDS), "descriptions": told})
        return
    for name in sorted(BACKENDS):
        click.echo(f"type: {name}")
    for name, title in titles.items():
        click.echo(f"type: rest, description: {name:12} {title}")


@desks.command()
@click.argument("name", type=click.Choice(sorted(shipped())))
def show(name: str) -> None:
    """Print a description that comes with the bridge, to change into one of your own."""
    click.echo(shipped()[name].read_text(encoding="utf-8"), nl=False)


@desks.command()
@click.option("--json", "_as_json", is_flag=True, help="Print JSON, as without it.")
def schema(*, _as_json: bool) -> None:
    """Print a JSON Schema of descriptions, for editors.

    In Visual Studio Code, for one: "yaml.schemas": {"desk.schema.json": "my-desk.yaml"}.
    """
    print_json(document(DescriptionFile, "A service desk, described for the incident bridge"))
