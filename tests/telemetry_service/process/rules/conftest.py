from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from telemetry_service.process.counter import Counter, Mark, Metering, Step

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
