"""An example of an answer says its shape: `<service>_service/examples/<operation id>.json`."""

import json
import re
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

from django.conf import settings

Schema = dict[str, Any]
DAY = r"\d{4}-\d{2}-\d{2}"
FORMATS = {
    "date-time": re.compile(DAY + r"T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})"),
    "date": re.compile(DAY),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}


@lru_cache(maxsize=256)
def example_of(operation: str) -> Any:
    """None where there is no file."""
    file = folder() / f"{operation}.json"
    return json.loads(file.read_bytes()) if file.exists() else None


def folder() -> Path:
    return Path(__file__).parents[2] / f"{settings.SERVICE}_service" / "examples"


def schema_of(example: Any) -> Schema:
    """The shape of a JSON value, of a list that of all its items. Of a null only that there may be nothing."""
    if example is None:
        return {"nullable": True}
    if isinstance(example, dict):
        return {"type": "object", "properties": {name: schema_of(value) for name, value in example.items()}}
    if isinstance(example, list):
        return {"type": "array", "items": reduce(merged, map(schema_of, example)) if example else {}}
    return _of_scalar(example)


def merged(one: Schema, other: Schema) -> Schema:
    """What either may be; nothing is said of what has two shapes."""
    if one == other:
        return one
    nullable = {"nullable": True} if one.get("nullable") or other.get("nullable") else {}
    one, other = ({name: said for name, said in each.items() if name != "nullable"} for each in (one, other))
    if not one or not other:
        return {**(one or other), **nullable}
    kinds = {one.get("type"), other.get("type")}
    if kinds == {"object"}:
        return {"type": "object", "properties": _properties(one["properties"], other["properties"]), **nullable}
    if kinds == {"array"}:
        return {"type": "array", "items": merged(one["items"], other["items"]), **nullable}
    if kinds == {"integer", "number"}:
        return {"type": "number", **nullable}
    return {"type": one["type"], **nullable} if len(kinds) == 1 else nullable


def _properties(one: Schema, other: Schema) -> Schema:
    return {name: merged(one.get(name, {}), other.get(name, {})) for name in {**one, **other}}


def _of_scalar(example: Any) -> Schema:
    if isinstance(example, bool):
        return {"type": "boolean"}
    if isinstance(example, str):
        form = next((name for name, pattern in FORMATS.items() if pattern.fullmatch(example)), None)
        return {"type": "string", "format": form} if form else {"type": "string"}
    return {"type": "integer" if isinstance(example, int) else "number"}
