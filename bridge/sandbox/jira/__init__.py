"""A stand-in for Jira: Cloud's API (v3) and Data Center's (v2) over one project's issues."""

from bridge.sandbox.jira.desk import JiraSandbox

__all__ = ["JiraSandbox"]
