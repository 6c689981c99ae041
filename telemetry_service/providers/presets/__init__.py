"""The rows that we ship, one JSON file each, and how an operator's overrides are laid over them."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.errors import invalid

HERE = Path(__file__).parent


def preset_names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.json"))


def preset(name: str) -> dict[str, Any]:
    """A fresh copy of the preset's row."""
    if name not in preset_names():
        raise invalid("preset", "no existe", received=name, expected=f"uno de: {', '.join(preset_names())}")
    row: dict[str, Any] = json.loads(_text(name))
    return row


def override(row: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """JSON merge patch (RFC 7396): objects merge, null removes, anything else replaces.

    An `auth` of another type replaces the preset's: the members of one kind mean nothing to another.
    """
    auth = changes.get("auth")
    if isinstance(auth, Mapping) and "type" in auth and auth["type"] != row.get("auth", {}).get("type"):
        row = {name: value for name, value in row.items() if name != "auth"}
    return _merge(row, changes)


def _merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            inside = merged.get(name)
            merged[name] = _merge(inside if isinstance(inside, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged


@lru_cache
def _text(name: str) -> str:
    return (HERE / f"{name}.json").read_text(encoding="utf-8")
