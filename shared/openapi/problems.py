"""Errors in the schema: RFC 9457 problem details, the same everywhere."""

from typing import Any

from shared.web.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "example": "urn:stack-vps:problem:invalid_input"},
        "title": {"type": "string", "example": "Datos no válidos"},
        "status": {"type": "integer", "example": 400},
        "detail": {"type": "string", "example": "Hay campos que no se pueden aceptar."},
        "code": {"type": "string", "example": "invalid_input"},
        "request_id": {"type": "string", "description": "The same in the logs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem", "received", "expected"],
                "properties": {
                    "field": {"type": "string", "example": "from"},
                    "problem": {"type": "string", "example": "falta la zona horaria"},
                    "received": {"nullable": True, "example": "2024-03-25T17:00:00"},
                    "expected": {"type": "string", "example": "2024-03-25T17:00:00Z"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}
MEANINGS = {
    "400": "Something cannot be accepted: `errors` names each field, what is wrong with it and what would be right",
    "401": "No token, or one that is not valid here and now",
    "403": "The token lacks a scope, or the point is somebody else's",
    "404": "There is no such thing, or the token may not see it",
}


def problems_of(*, open_to_all: bool, named: bool) -> dict[str, Any]:
    """References to the answers that an operation may give besides success. `named`: its path names something."""
    statuses = ["400", *([] if open_to_all else ["401", "403"]), *(["404"] if named else [])]
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: what the operations refer to; and away with the generator's own notes."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        f"Problem{status}": {"description": meaning, "content": content} for status, meaning in MEANINGS.items()
    }
    return dict(_without_notes(result))


def _without_notes(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_notes(inner) for name, inner in node.items() if name != "x-spec-enum-id"}
    return [_without_notes(inner) for inner in node] if isinstance(node, list) else node
