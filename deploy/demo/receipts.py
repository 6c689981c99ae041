"""Holds what DGA keeps against what was measured: every number sent must be a good one, rounded as the manual says."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from shared.clock import REGULATOR_TIME

FIELDS = {"caudal": "flow", "totalizador": "total", "nivelFreaticoDelPozo": "water_table"}
SENT = tuple(FIELDS.values())
PLACES = {"flow": Decimal("0.01"), "water_table": Decimal("0.01"), "total": Decimal(1)}

Good = Mapping[tuple[str, str], float]


def receipt_problems(code: str, good: Good, accepted: Iterable[Mapping[str, Any]]) -> list[str]:
    """`good`: values of quality "good" by (instant, variable). `accepted`: DGA's records with slot and document."""
    return [f"{code} {record['slot']}: {problem}" for record in accepted for problem in _problems(good, record)]


def _problems(good: Good, record: Mapping[str, Any]) -> Iterator[str]:
    at = instant(record["slot"])
    for name, variable in FIELDS.items():
        value, sent = good.get((at, variable)), record["document"][name]
        if value is None:
            yield f"DGA tiene {name} = {sent}, que no es un dato bueno"
        elif Decimal(sent) != rounded(variable, value):
            yield f"DGA tiene {name} = {sent}, lo medido es {value}"


def instant(slot: str) -> str:
    """DGA's date and time (UTC-4 all year) as the data API writes an instant."""
    at = datetime.fromisoformat(slot).replace(tzinfo=REGULATOR_TIME)
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def rounded(variable: str, value: float) -> Decimal:
    """Half up for flow and level, cut off for the totaliser (regulators.md §8, row 11)."""
    how = ROUND_DOWN if variable == "total" else ROUND_HALF_UP
    return Decimal(repr(value)).quantize(PLACES[variable], rounding=how)
