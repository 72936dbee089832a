"""The one kind of marshmallow field that sources add: a check that is a plain function."""

from collections.abc import Mapping
from typing import Any, TypeVar

from marshmallow import fields

T = TypeVar("T")


class CheckedField(fields.Field[T]):
    """A field that `read` turns into a value, or refuses by raising ValidationError."""

    def read(self, value: object) -> T:
        """Turn what was sent or configured into the value."""
        raise NotImplementedError

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002  # marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002  # marshmallow's signature
        **kwargs: Any,  # noqa: ARG002  # marshmallow's signature
    ) -> T:
        return self.read(value)
