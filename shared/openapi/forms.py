"""What a handler asks for, found where it asks: the form it puts `request.data` or `request.query_params` into.

The views say it nowhere else. A second statement beside the code would be wrong one day; this one cannot be. Only the
schema looks here, never a request.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from rest_framework.serializers import BaseSerializer

Form = type[BaseSerializer[Any]]
DEEPEST = 3  # from the handler to its helpers, and on


@dataclass(slots=True)
class Asks:
    """`statuses`: those of success that it names."""

    query: Form | None = None
    body: Form | None = None
    partial: bool = False
    statuses: list[int] = field(default_factory=list)


def asks_of(handler: Callable[..., Any]) -> Asks:
    found = Asks()
    for names, call in _calls(inspect.unwrap(handler), DEEPEST):
        _note_form(found, names, call)
        _note_status(found, call)
    return found


def _note_form(found: Asks, names: dict[str, Any], call: ast.Call) -> None:
    data = next((ast.unparse(one.value) for one in call.keywords if one.arg == "data"), "")
    form = _named(call.func, names) if data else None
    if not (isinstance(form, type) and issubclass(form, BaseSerializer)):
        return
    if data.startswith("request.query_params"):
        found.query = found.query or form
    elif data.startswith("request.data"):
        found.body = found.body or form
        found.partial = any(one.arg == "partial" for one in call.keywords)


def _note_status(found: Asks, call: ast.Call) -> None:
    if not ast.unparse(call.func).endswith("Response"):
        return
    for one in call.keywords:
        status = one.value.value if one.arg == "status" and isinstance(one.value, ast.Constant) else None
        if isinstance(status, int) and 200 <= status < 300:
            found.statuses.append(status)


def _calls(function: Any, depth: int) -> Iterator[tuple[dict[str, Any], ast.Call]]:
    """The calls in a function, and in those of its module that it hands the request to."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = function.__globals__
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        yield names, node
        inner = _named(node.func, names)
        if depth and isinstance(inner, FunctionType) and any(ast.unparse(one) == "request" for one in node.args):
            yield from _calls(inner, depth - 1)


def _named(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_named(node.value, names), node.attr, None)
    return None
