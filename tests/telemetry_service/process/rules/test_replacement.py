from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.replacement import replacement


@pytest.mark.parametrize(
    ("count", "pending", "verdict"),
    [
        (12, None, Verdict.STARTS),
        (15, 12, Verdict.JOINS),
        (12, 12, Verdict.JOINS),
        (11, 12, Verdict.JOINS_AS_NOISE),
        (900, 12, Verdict.STARTS),
        (3, 12, Verdict.STARTS),
    ],
)
def test_it_joins_the_pending_run_or_starts_its_own(step: Any, count: Any, pending: Any, verdict: Any) -> None:
    assert replacement(step(count, pending=pending)) is verdict
