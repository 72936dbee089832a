"""The source type `generic`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load

from bridge.sources.generic.description import Described, Description, build_map, merged
from bridge.sources.generic.presets import Preset, find_preset, list_presets
from bridge.sources.generic.source import GenericSource
from bridge.sources.generic.topics import Topics, TopicsField
from bridge.sources.section import SourceSection, SourceType

_OWN_KEYS = ("type", "auth", "allow", "preset", "topics")


class GenericSection(SourceSection, Description):
    """A source of type `generic`: a preset, what differs from it, or all of it."""

    preset = fields.String()
    topics = TopicsField()

    @pre_load
    def take_the_signature_header(self, said: Any, **_kwargs: object) -> Any:
        """Look for the HMAC where the preset's sender puts it, unless told otherwise."""
        preset = self._preset(said.get("preset")) if isinstance(said, Mapping) else None
        auth = said.get("auth") if preset is not None else None
        if preset is None or preset.signature_header is None or not isinstance(auth, Mapping):
            return said
        if "hmac" not in auth or "header" in auth:
            return said
        return {**said, "auth": {**auth, "header": preset.signature_header}}

    @post_load
    def describe(self, loaded: Described, **_kwargs: object) -> Described:
        """Lay the section over its preset, and compile the whole."""
        name = loaded.get("preset")
        preset = self._preset(name)
        if preset is None and name is not None:
            raise ValidationError({"preset": [self._no_preset(name)]})
        base = preset.described if preset is not None else {}
        own = {key: value for key, value in loaded.items() if key not in _OWN_KEYS}
        return {
            **{key: loaded[key] for key in loaded if key in _OWN_KEYS},
            "alert_map": build_map(merged(base, own)),
            "topics": self._topics(preset, loaded.get("topics")),
        }

    def _preset(self, name: object) -> Preset | None:
        return find_preset(name, self.folder) if isinstance(name, str) else None

    def _no_preset(self, name: str) -> str:
        known = ", ".join(preset.name for preset in list_presets(self.folder))
        return f"there is no preset {name!r}; choose one of {known}, or name your own .yaml file"

    def _topics(self, preset: Preset | None, allowed: tuple[str, ...] | None) -> Topics | None:
        if preset is not None and preset.through == "sns":
            return Topics(allowed=allowed or ())
        if allowed is not None:
            raise ValidationError(
                {"topics": ["is for bodies that come through SNS; remove it, or choose a preset "
                "that has `through: sns`"]}
            )  # fmt: skip
        return None


def preset_source(preset: Preset, name: str, folder: Path) -> GenericSource:
    """Make a source of a preset as it is, to try bodies on."""
    section = GenericSection(folder=folder).load(
        {"type": TYPE.name, "auth": "none", "preset": str(preset.file)}
    )
    return _build(name, section)


def _build(name: str, section: Mapping[str, Any]) -> GenericSource:
    return GenericSource(name=name, map=section["alert_map"], topics=section["topics"])


TYPE = SourceType(name="generic", schema=GenericSection, build=_build)
