"""`bridge init`: a starting point to edit."""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

import bridge

_CONFIG = """\
# The bridge between your alerts and your service desk. `bridge check` says what is wrong here.
database: sqlite:///bridge.db        # or postgresql://bridge:${PGPASSWORD}@host/bridge
rules: rules/
instance: bridge                     # names this bridge in the tickets it files
# timezone: Europe/Paris             # whose clock tickets are told the time by; otherwise UTC

server:
  bind: 127.0.0.1:8080
  # console: {auth: {bearer: "${BRIDGE_ADMIN_TOKEN}"}}

sources:
  alertmanager:
    type: alertmanager
    auth: {bearer: "${AM_TOKEN}"}    # a list of tokens allows rotation

backends:
  # To try it out, run `bridge sandbox summit --port 9001` beside this.
  summit:
    type: summit
    url: ${SUMMIT_URL:-http://127.0.0.1:9001}
    auth: {api_key: "${SUMMIT_API_KEY}"}
    org_id: 1
    defaults:
      instance: IT
      caller: monitoring@example.com
      workgroup: NOC
      engineer: noc@example.com
      closure_code: Successful
      resolution_code: Success
      source: Monitoring
    values:
      priority: {critical: P1, high: P2, medium: P3, low: P4}
      impact: {high: High, medium: Medium, low: Low}
      urgency: {high: High, medium: Medium, low: Low}
    custom_field_group: Monitor Tool

default_backend: summit
"""

_ENV = """\
# Copy to .env and load it before `bridge serve`: set -a; . ./.env; set +a
AM_TOKEN=change-me
SUMMIT_URL=http://127.0.0.1:9001
SUMMIT_API_KEY=sandbox-key
"""

_RULE_TEST = """\
# Your own rules: read after the shipped ones beside this file, in name order.
version: 1

rules:
  - id: my-team
    match: ['team="my-team"']
    set:
      workgroup: NOC
      tags: [my-team]

tests:
  - name: my team's alerts are tagged
    steps:
      - fire: {alertname: DiskFull, team: my-team, severity: critical, instance: "db1:9100"}
    expect: {tickets: 1, rule: my-team, priority: critical}
"""


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write bridge.yaml, rules/, a rule test and .env.example into DIR; never overwrite."""
    texts = {
        folder / "bridge.yaml": _CONFIG,
        folder / ".env.example": _ENV,
        folder / "rules" / "90-my-team.yaml": _RULE_TEST,
    }
    shipped = shipped_rules()
    files = sorted(file for file in shipped.rglob("*") if file.is_file())
    copies = {folder / "rules" / file.relative_to(shipped): file for file in files}
    _refuse_to_overwrite([*texts, *copies])
    _write(texts)
    for target, file in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    click.echo(f"wrote {folder / 'bridge.yaml'}, .env.example and rules/; next:")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo("  cp .env.example .env   # and put your secrets in it")
    click.echo("  set -a; . ./.env; set +a")
    click.echo("  bridge check && bridge serve")


def shipped_rules() -> Path:
    """Find the rules that come with the bridge: in the wheel, or beside the source."""
    package = Path(bridge.__file__).parent
    packaged = package / "shipped_rules"
    return packaged if packaged.is_dir() else package.parent / "rules"


def _refuse_to_overwrite(files: list[Path]) -> None:
    existing = [str(file) for file in files if file.exists()]
    if existing:
        message = f"{', '.join(existing)} exists; choose an empty folder, nothing was written"
        raise click.ClickException(message)


def _write(texts: Mapping[Path, str]) -> None:
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
