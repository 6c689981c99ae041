"""A template's configuration with a point's own before it. Plain Python."""

from collections.abc import Mapping
from typing import Any


def deep_merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Objects are merged member by member; anything else of `own` stands in place of what `base` says.

    A null takes away what `base` says, as in RFC 7396. Neither is changed.
    """
    merged = dict(base)
    for name, value in own.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            under = merged.get(name)
            merged[name] = deep_merge(under if isinstance(under, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged
