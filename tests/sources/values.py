"""Any JSON there can be."""

from collections.abc import Sequence

from hypothesis import strategies as st


def json_values(keys: Sequence[str]) -> st.SearchStrategy[object]:
    """Give values whose objects use the given keys, and others."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.text(max_size=20)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(keys) | st.text(max_size=5), inner, max_size=4)
        ),
        max_leaves=10,
    )
