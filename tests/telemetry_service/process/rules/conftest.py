from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.counter import Counter, Mark, Metering, Step
from telemetry_service.process.instants import micros
from telemetry_service.process.judging import judged
from telemetry_service.process.segments import Segment
from telemetry_service.process.series import Series, ValueRule
from telemetry_service.process.setup import Setup

AT = datetime(2024, 3, 25, 12, tzinfo=UTC)


@pytest.fixture
def step() -> Callable[..., Step]:
    """A reading `hours` after the last; no faster than 100 counts an hour. Marks are given by their counts."""

    def build(
        count: Any, *, base: Any = 50_000, hours: float = 1, digits: int | None = None, rises: bool = False, **more: Any
    ) -> Step:
        def mark(counts: Any) -> Mark | None:
            return None if counts is None else Mark(AT, Decimal(str(counts)), None)

        return Step(
            AT + timedelta(hours=hours),
            Decimal(str(count)),
            Metering(Decimal(1), 100 / 3600, Decimal(10) ** digits if digits else None),
            Counter(
                base=mark(base),
                meter_from=more.get("meter_from"),
                truncated=mark(more.get("truncated")),
                refused=mark(more.get("refused")),
            ),
            mark(more.get("pending")),
            rises,
        )

    return build


@pytest.fixture
def ask_all() -> Callable[..., list[tuple[Quality, Reason]]]:
    """What rules, one after the other, say of hourly values that nobody doubted before. None: no value."""

    def build(
        rules: Sequence[ValueRule], variable: str, values: list[float | None], setup: Setup, *, minutes: int = 60
    ) -> list[tuple[Quality, Reason]]:
        count = len(values)
        times = micros(AT) + np.arange(count) * minutes * 60_000_000
        numbers = np.array([np.nan if value is None else value for value in values])
        series = Series(variable, times, numbers, np.ones(count, np.int64), np.zeros(count, np.int64))
        found = judged(series, [Segment(0, count, setup)], rules)
        pairs = zip(found.quality.tolist(), found.reasons.tolist(), strict=True)
        return [(Quality(quality), Reason(reasons)) for quality, reasons in pairs]

    return build


@pytest.fixture
def ask(ask_all: Callable[..., list[tuple[Quality, Reason]]]) -> Callable[..., list[tuple[Quality, Reason]]]:
    """As `ask_all`, of one rule."""

    def build(rule: ValueRule, *values: Any, **more: Any) -> list[tuple[Quality, Reason]]:
        return ask_all([rule], *values, **more)

    return build
