"""Stand-in service desks: real HTTP servers that are as strict as the vendors' documents."""

from collections.abc import Mapping
from typing import Final

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.jira import JiraSandbox
from bridge.sandbox.servicenow import ServiceNowSandbox
from bridge.sandbox.serviceops import ServiceOpsSandbox
from bridge.sandbox.summit import SummitSandbox

SANDBOXES: Final[Mapping[str, type[Sandbox]]] = {
    "summit": SummitSandbox,
    "serviceops": ServiceOpsSandbox,
    "servicenow": ServiceNowSandbox,
    "jira": JiraSandbox,
}

__all__ = ["SANDBOXES", "Sandbox"]
