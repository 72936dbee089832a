"""What more rules cost: bodies of a hundred new alerts under ten rules and under a thousand."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import yaml

from tests.bench.bodies import body
from tests.bench.figures import Figure, at_most, ratio
from tests.bench.parts.accept import p50, p99
from tests.bench.servers import Bridge, Setup, nobody
from tests.bench.stage import Stage

_FEW = 10
_SIZE = 100
#: One rule in so many is found by a pattern, as few are in real files; the others by a name.
_PATTERN_EVERY = 10


def measure(stage: Stage) -> Sequence[Figure]:
    """Load a bridge with few rules and one with many in turns."""
    folder, many = stage.folder(), stage.scale.many_rules
    few_file, many_file = folder / "few-rules.yaml", folder / "many-rules.yaml"
    write_rules(few_file, _FEW)
    write_rules(many_file, many)
    few = Bridge(folder, "few", stage.sqlite(), nobody(), Setup(rules=few_file))
    lots = Bridge(folder, "many", stage.sqlite(), nobody(), Setup(rules=many_file))
    stage.say(f"{_FEW} rules and {many}")
    with few.running("web"), lots.running("web"):
        template = stage.template(body(_SIZE))
        stage.warm_up(few, template)
        stage.warm_up(lots, template)
        rounds = stage.in_turns(
            {
                "few": partial(stage.load, few, template),
                "many": partial(stage.load, lots, template),
            }
        )
    of = f"{_SIZE} per body"
    few_p50, many_p50 = rounds.of("few", p50), rounds.of("many", p50)
    return [
        ratio(f"{of}, p50, {many} rules / {_FEW}", many_p50, few_p50, at_most(1.3)),
        ratio(f"{of}, p99, {many} rules / {_FEW}", rounds.of("many", p99), rounds.of("few", p99)),
        Figure(name=f"{of}, p50, {_FEW} rules", values=few_p50, unit="ms"),
        Figure(name=f"{of}, p50, {many} rules", values=many_p50, unit="ms"),
    ]


def write_rules(file: Path, number: int) -> None:
    """Write so many rules, of which the bodies' alerts meet as many whatever the number."""
    said = {
        "version": 1,
        "defaults": {
            "key": {"by": "labels", "except": ["severity"]},
            "set": {
                "subject": "{{ labels.alertname }} on {{ labels.instance | host }}",
                "description": "{{ annotations.description }}",
            },
        },
        "rules": [
            {"id": "node", "match": ['job="node"'], "set": {"priority": "medium"}},
            {"id": "host", "match": ['instance!=""'], "set": _HOST},
            *(_rule(index) for index in range(number - 2)),
        ],
    }
    file.write_text(yaml.safe_dump(said, sort_keys=False))


_HOST = {"CI_Key": "Host Name", "CI_Value": "{{ labels.instance | host }}"}


def _rule(index: int) -> dict[str, object]:
    by = f'alertname=~"Unit{index}(Down|Slow)"' if _is_pattern(index) else f'alertname="U{index}"'
    return {
        "id": f"rule-{index}",
        "match": [by, 'env="prod"'],
        "set": {"workgroup": f"Group {index}", "subject": f"Unit {index}: {{{{ alert.name }}}}"},
    }


def _is_pattern(index: int) -> bool:
    return index % _PATTERN_EVERY == 0
