"""The JSON values that cross the edges of the domain."""

from collections.abc import Mapping, Sequence

_Scalar = str | int | float | bool | None
JsonValue = _Scalar | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonObject = Mapping[str, JsonValue]
