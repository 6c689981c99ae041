"""`$filter` and `$orderby` over entities that are at hand, as JSON."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from shared.errors import invalid
from telemetry_service.sensorthings.entities import Body
from telemetry_service.sensorthings.language.options import Order
from telemetry_service.sensorthings.language.tree import Both, Comparison, Condition, Either, Not, Operator, Value

COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "gt": gt, "ge": ge, "lt": lt, "le": le}


def matching(bodies: Sequence[Body], condition: Condition | None) -> list[Body]:
    """Raises InvalidInput where the condition names what these entities have not."""
    return [one for one in bodies if condition is None or _holds(one, condition)]


def in_order(bodies: Sequence[Body], order: Sequence[Order]) -> list[Body]:
    """What is not said comes last."""
    found = list(bodies)
    for one in reversed(order):
        keyed = [(value_of(body, one.name, option="$orderby"), body) for body in found]
        known = [pair for pair in keyed if pair[0] is not None]
        known.sort(key=_sortable, reverse=one.descending)
        found = [body for _, body in known] + [body for value, body in keyed if value is None]
    return found


def value_of(body: Body, name: str, *, option: str) -> Any:
    """`id` and `@iot.id` are the same; `properties/code` goes inside. A property that one entity lacks is null."""
    found: Any = body
    for place, part in enumerate(name.split("/")):
        if not isinstance(found, dict):
            return None
        key = "@iot.id" if place == 0 and part == "id" else part
        if place == 0 and key not in body:
            raise invalid(option, f"no hay «{name}»", expected=f"una de {', '.join(['id', *list(body)[1:]])}")
        found = found.get(key)
    return found


def _holds(body: Body, condition: Condition) -> bool:
    if isinstance(condition, Both):
        return all(_holds(body, part) for part in condition.parts)
    if isinstance(condition, Either):
        return any(_holds(body, part) for part in condition.parts)
    if isinstance(condition, Not):
        return not _holds(body, condition.part)
    return _compares(value_of(body, condition.name, option="$filter"), condition)


def _compares(found: Any, said: Comparison) -> bool:
    """Null is equal to null, and neither more nor less than anything."""
    value = _as_text(said.value)
    if found is None or value is None:
        return (said.operator == "eq") == (found is value) if said.operator in {"eq", "ne"} else False
    if isinstance(found, str) != isinstance(value, str):
        return said.operator == "ne"
    return COMPARE[said.operator](found, value)


def _as_text(value: Value) -> Any:
    """Instants are text in JSON, all in UTC: they compare as such."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _sortable(pair: tuple[Any, Body]) -> Any:
    return str(pair[0]) if isinstance(pair[0], dict | list | bool) else pair[0]
