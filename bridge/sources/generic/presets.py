"""Descriptions of senders that others have written: ours, and the user's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from marshmallow import ValidationError, fields, validate

from bridge.domain.errors import ConfigurationError
from bridge.sources.generic.description import Described, Description
from bridge.sources.generic.words import RESOLVED
from bridge.yamlfile import load, schema_problems

SHIPPED = Path(__file__).parent.parent / "presets"
OWN = "presets"  #: the user's folder, beside bridge.yaml

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PresetFile(Description):
    """A file of `presets/`."""

    title = fields.String(required=True, validate=validate.Length(min=1))
    signature_header = fields.String()
    through = fields.String(
        validate=validate.OneOf(["sns"], error="is no carrier known here; it can be sns")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One sender's bodies, described once for everybody."""

    name: str
    file: Path
    title: str
    described: Described = field(repr=False)
    signature_header: str | None = None  #: where this sender puts its HMAC
    through: str | None = None  #: who carries the bodies: Amazon SNS, or nobody

    @property
    def says_resolved(self) -> bool:
        """True when this sender says that an alert ended."""
        has_status = "status" in self.described.get("map", {})
        return has_status and RESOLVED in self.described.get("status", {}).values()


def find_preset(name: str, folder: Path) -> Preset | None:
    """Find a preset by name, the user's own first, or by the path of its file from `folder`.

    Raise ConfigurationError with every mistake in the file.
    """
    if name.endswith((".yaml", ".yml")):
        file = folder / name
        return read_preset(file) if file.is_file() else None
    if not _NAME.fullmatch(name):
        return None
    files = (place / f"{name}.yaml" for place in (folder / OWN, SHIPPED))
    return next((read_preset(file) for file in files if file.is_file()), None)


def list_presets(folder: Path) -> Iterator[Preset]:
    """Give every preset by name; the user's own stand in for ours."""
    files = {file.stem: file for place in (SHIPPED, folder / OWN) for file in place.glob("*.yaml")}
    for _, file in sorted(files.items()):
        yield read_preset(file)


def read_preset(file: Path) -> Preset:
    """Read a file; raise ConfigurationError with every mistake in it."""
    document = load(file)
    try:
        described = dict(PresetFile().load(document.data or {}))  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [*document.problems, *schema_problems(document, error)]
        raise ConfigurationError(problems) from error
    if document.problems:
        raise ConfigurationError(document.problems)
    return Preset(
        name=file.stem,
        file=file,
        title=described.pop("title"),
        signature_header=described.pop("signature_header", None),
        through=described.pop("through", None),
        described=described,
    )
