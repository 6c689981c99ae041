"""What a source asks for by way of notices: its row's `notices`. A source without them asks for none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Rules:
    to: str
    failure: timedelta
    change_working_days: int
    holidays: frozenset[date]


def rules_of(source_config: Mapping[str, Any]) -> Rules | None:
    said = source_config.get("notices")
    if not said:
        return None
    return Rules(
        to=said["to"],
        failure=timedelta(hours=said["failure_hours"]),
        change_working_days=said["change_working_days"],
        holidays=frozenset(date.fromisoformat(text) for text in said.get("holidays", [])),
    )
