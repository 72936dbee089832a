"""Stand-in service desks: real HTTP servers that are as strict as the vendors' documents."""

from collections.abc import Mapping
from typing import Final

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.glpi import GlpiSandbox
from bridge.sandbox.jira import JiraSandbox
from bridge.sandbox.pagerduty import PagerDutySandbox
from bridge.sandbox.servicenow import ServiceNowSandbox
from bridge.sandbox.serviceops import ServiceOpsSandbox
from bridge.sandbox.summit import SummitSandbox
from bridge.sandbox.zammad import ZammadSandbox

#: By the type of the backend, or by the description of a backend of type `rest`.
SANDBOXES: Final[Mapping[str, type[Sandbox]]] = {
    "summit": SummitSandbox,
    "serviceops": ServiceOpsSandbox,
    "servicenow": ServiceNowSandbox,
    "jira": JiraSandbox,
    "zammad": ZammadSandbox,
    "pagerduty": PagerDutySandbox,
    "glpi": GlpiSandbox,
}

__all__ = ["SANDBOXES", "Sandbox"]
