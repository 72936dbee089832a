"""The custom fields of a container: each has a group, its own or the desk's default one."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.backends.summit.texts import as_text
from bridge.domain.json import JsonObject
from bridge.domain.spec import CustomField


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """Places the custom fields of one configured desk; without a group a field has no place."""

    group: str  #: of the fields that have none of their own; may be empty
    groups: Mapping[str, str]  #: by the name of the field
    token_field: str

    def placed(self, fields: Mapping[str, CustomField]) -> list[JsonObject]:
        """Give those that have a group."""
        return [
            self._written(name, as_text(custom.value))
            for name, custom in fields.items()
            if self._group_of(name)
        ]

    def homeless(self, fields: Mapping[str, CustomField]) -> Mapping[str, str]:
        """Give the texts of those that have none, by name."""
        return {
            name: as_text(custom.value)
            for name, custom in fields.items()
            if not self._group_of(name)
        }

    def of_token(self, token: str) -> list[JsonObject]:
        """Give the field that carries the token, if the desk has one."""
        return [self._written(self.token_field, token)] if self.token_field else []

    def _group_of(self, name: str) -> str:
        return self.groups.get(name, self.group)

    def _written(self, name: str, value: str) -> JsonObject:
        return {"GroupName": self._group_of(name), "Name": name, "Value": value}
