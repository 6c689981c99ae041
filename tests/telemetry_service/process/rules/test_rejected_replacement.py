from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.rejected_replacement import rejected_replacement


@pytest.mark.parametrize(
    ("count", "refused", "verdict"),
    [(15, 12, Verdict.REFUSED), (11, 12, Verdict.REFUSED), (900, 12, None), (15, None, None)],
)
def test_what_goes_on_from_a_refused_run(step: Any, count: Any, refused: Any, verdict: Any) -> None:
    assert rejected_replacement(step(count, refused=refused)) is verdict
