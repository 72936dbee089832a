"""`bridge rules schema`: what editors need to complete and check rules files."""

import click

from bridge.cli.options import print_json
from bridge.jsonschema import document
from bridge.rules.rule_tests import RuleFileWithTestsSection


@click.command()
@click.option("--json", "_as_json", is_flag=True, help="Print JSON, as without it.")
def schema(*, _as_json: bool) -> None:
    """Print a JSON Schema of rules files, for editors.

    In Visual Studio Code, for one: "yaml.schemas": {"rules.schema.json": "rules/*.yaml"}.
    """
    print_json(document(RuleFileWithTestsSection, "Mapping rules of the incident bridge"))
