"""What a dry run saw, as short as a rule's test needs it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from telemetry_service.providers.adapters import Failure, Poll, Reading, Tried
from telemetry_service.sources.findings import Evidence, Finding

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def readings(key: str, values: Sequence[Any], *, last: datetime = NOW, step: timedelta = HOUR, unit: str = "") -> Poll:
    """One reading every `step`, the last of them at `last`."""
    first = last - step * (len(values) - 1)
    return Poll(readings=[Reading(key, str(value), first + step * n, unit, 0) for n, value in enumerate(values)])


def evidence(variables: Mapping[str, str], *polls: Poll, **more: Any) -> Evidence:
    tried = Tried(has_history=more.pop("has_history", True), latest=Poll(failure=more.pop("failure", None)))
    tried.offered = more.pop("offered", {})
    tried.without_zone = more.pop("without_zone", frozenset())
    for poll in polls:
        tried.history.add(poll)
    said = {"now": NOW, "period": HOUR, "cadence": HOUR, "m3_per_count": Decimal("0.001")}
    return Evidence(variables=variables, tried=tried, **(said | more))


def failed(failure: Failure) -> Evidence:
    return evidence({"caudal": "flow"}, failure=failure)


def said(findings: Any) -> list[tuple[str, str, str]]:
    """Code, severity and field of each."""
    found: list[Finding] = list(findings)
    assert all(one.problem and one.expected for one in found)
    return [(one.code, one.severity.value, one.field) for one in found]
