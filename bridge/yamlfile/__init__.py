"""YAML files whose every mistake is said as FILE:LINE:COL with a remedy."""

from bridge.yamlfile.document import Document, Place, Step, Where, load, parse, read_text
from bridge.yamlfile.field import CheckedField, Networks, Refer, Span, Url, Zone
from bridge.yamlfile.section import Section, mistaken, schema_problems, unknown_key

__all__ = [
    "CheckedField",
    "Document",
    "Networks",
    "Place",
    "Refer",
    "Section",
    "Span",
    "Step",
    "Url",
    "Where",
    "Zone",
    "load",
    "mistaken",
    "parse",
    "read_text",
    "schema_problems",
    "unknown_key",
]
