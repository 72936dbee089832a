"""Jira and Jira Service Management: issues through REST, of Cloud (v3) or Data Center (v2)."""

from bridge.backends.desk import BackendType
from bridge.backends.jira.adapter import build, vocabulary_of
from bridge.backends.jira.section import JiraSection

TYPE = BackendType(name="jira", schema=JiraSection, vocabulary=vocabulary_of, build=build)

__all__ = ["TYPE"]
