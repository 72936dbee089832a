"""Any service desk with an HTTP API, described in YAML."""

from bridge.backends.desk import BackendType
from bridge.backends.rest.abilities import vocabulary_of
from bridge.backends.rest.adapter import build
from bridge.backends.rest.section import RestSection

TYPE = BackendType(name="rest", schema=RestSection, vocabulary=vocabulary_of, build=build)

__all__ = ["TYPE"]
