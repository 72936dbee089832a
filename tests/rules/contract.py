"""The example of the contract page, word for word, and a table for it."""

from pathlib import Path

from bridge.rules import Rules, load_rules
from tests.rules.given import write

OWNERS = """\
service,env,workgroup,ci
pg1,prod,Databases on call,pg1-prod
pg1,*,Databases,
*,dev,Developers,
"""

RULES = """\
version: 1
tables:
  owners: {file: owners.csv, key: [service, env], miss: {workgroup: NOC, ci: ""}}      # "*" in a key column matches anything
  level:  {map: {critical: critical, page: critical, warning: medium, info: low}, miss: medium}

defaults:
  backend: summit
  key: {by: labels, except: [severity, pod, score]}   # what makes it the same fault; or {by: [cluster, alertname]} or a template
  set:
    subject: "{{ alert.name }} on {{ labels.instance | host }}"
    description: "{{ annotations.description | default(annotations.summary) }}"
    priority: "{{ level(labels.severity) }}"
    impact: "{{ 'high' if labels.env | default('') == 'prod' else 'low' }}"

rules:
  - id: heartbeat
    match: ['alertname="Watchdog"']
    drop: dead man's switch, not a fault

  - id: owner-and-ci
    match: any
    set:
      CI_Key: Host Name
      CI_Value: "{{ owners(labels.service, labels.env).ci or (labels.instance | host) }}"
      workgroup: "{{ owners(labels.service, labels.env).workgroup }}"
      CustomFields:
        Event ID: "{{ alert.fingerprint }}"
        Score: {value: "{{ labels.score | default(0) }}", type: integer}

  - id: db-critical
    match: {all: ['service=~"pg.*"', 'severity="critical"'], none: ['env="dev"']}
    when: "labels.region | default('eu') in ['eu', 'us']"   # optional sandboxed expression, when matchers are not enough
    set: {priority: critical, impact: high, urgency: high}
    hold: 2m                                       # file only if still firing
    resolve_after: 5m                              # absorb flapping
    reopen_within: 1h
    on_clear: resolve                              # resolve | close | cancel | note | none
    expire_after: 24h                              # for senders that never say "resolved"
    budget: {tickets: 20, per: 1h}                 # beyond it: one overflow ticket that lists the rest
    respect_people: true
    final: true

tests:
  - name: escalation keeps one ticket
    steps:
      - fire: {alertname: Lag, service: pg1, env: prod, severity: warning, instance: "pg1:9187"}
      - {after: 1m, fire: {alertname: Lag, service: pg1, env: prod, severity: critical, instance: "pg1:9187", score: "7"}}
      - {after: 1m, resolve: {alertname: Lag, service: pg1, env: prod, severity: warning, instance: "pg1:9187"}}
      - {after: 10m, resolve: {alertname: Lag, service: pg1, env: prod, severity: critical, instance: "pg1:9187", score: "7"}}
    expect: {tickets: 1, rule: db-critical, priority: critical, CustomFields: {Score: 7}, state: resolved}
  - name: a recorded payload
    source: grafana
    payload: payloads/disk.json
    expect: {tickets: 2, dropped: 1}
"""  # noqa: E501  # the page's own lines

BACKENDS = ("summit", "serviceops")


def write_contract(folder: Path) -> Path:
    """Write the example and its table; give the rules file."""
    write(folder, "owners.csv", OWNERS)
    file = folder / "db.yaml"
    file.write_text(RULES)
    return file


def load_contract(folder: Path) -> Rules:
    """Load the example from a folder."""
    write_contract(folder)
    return load_rules([folder], backends=BACKENDS, default_backend="serviceops")


def line_of(text: str) -> int:
    """Say on which line of the example a text stands."""
    return 1 + RULES[: RULES.index(text)].count("\n")
