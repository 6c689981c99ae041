"""What a document would say otherwise today. Plain Python: it knows no authority's form, only members and numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

NOTHING = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """`field`: the member's path. `by`: how much more is measured now; None where either is no number."""

    field: str
    sent: str
    now: str
    by: Decimal | None


def differences(sent: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """By field, in the order of the document that was sent; what it lacked comes last. Numbers compare as numbers."""
    before, after = dict(_leaves(sent)), dict(_leaves(now))
    fields = [*before, *(field for field in after if field not in before)]
    found = (_difference(field, before.get(field, NOTHING), after.get(field, NOTHING)) for field in fields)
    return [one for one in found if one is not None]


def _difference(field: str, sent: str, now: str) -> Difference | None:
    if sent == now:
        return None
    before, after = number(sent), number(now)
    if before is None or after is None:
        return Difference(field, sent, now, None)
    return Difference(field, sent, now, after - before) if before != after else None


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{path}[{place}]")
    else:
        yield path, NOTHING if value is None else str(value)


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
