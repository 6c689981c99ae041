"""An example of an answer says its shape: `<service>_service/examples/<operation id>.json`."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

Schema = dict[str, Any]


@lru_cache(maxsize=256)
def example_of(operation: str) -> Any:
    """None where there is no file."""
    file = folder() / f"{operation}.json"
    return json.loads(file.read_bytes()) if file.exists() else None


def folder() -> Path:
    return Path(__file__).parents[2] / f"{settings.SERVICE}_service" / "examples"


def schema_of(example: Any) -> Schema:
    """The shape of a JSON value. Of a null it is only known that there may be nothing."""
    if example is None:
        return {"nullable": True}
    if isinstance(example, dict):
        return {"type": "object", "properties": {name: schema_of(value) for name, value in example.items()}}
    if isinstance(example, list):
        return {"type": "array", "items": schema_of(example[0]) if example else {}}
    return _of_scalar(example)


def _of_scalar(example: Any) -> Schema:
    if isinstance(example, bool):
        return {"type": "boolean"}
    if isinstance(example, str):
        return {"type": "string"}
    return {"type": "integer" if isinstance(example, int) else "number"}
