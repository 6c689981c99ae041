"""The tests against the labels of two rivers' technicians, with the thresholds that docs/quality.md says were found.

Each is judged on the river on which it was not found. What is asserted is a little less than what was measured, so that
a change of the tests that costs what they find does not pass unseen.
"""

from functools import reduce

import numpy as np
import pytest

from tests.benchmarks.quality.rivers import river
from tests.benchmarks.quality.scores import Score, score
from tests.benchmarks.quality.table import SPANS
from tests.benchmarks.quality.tools import Ours, Settings


def judged(name: str, variable: str, settings: Settings) -> Score:
    labelled = river(name)[variable]
    flags = Ours().flagged(labelled.series, settings).values()
    return score(reduce(np.logical_or, flags), labelled.labelled)


@pytest.mark.parametrize(
    ("variable", "spike", "rate", "flat_h", "precision", "recall", "events"),
    [
        ("temp", 0.01, 1.5, 2, 0.40, 1.0, 4),
        ("cond", 1.5, 10, 2, 0.50, 0.64, 12),
        ("ph", 0.015, 0.15, 12, 0.99, 0.88, 2),
        ("do", 0.15, 1, 2, 0.85, 0.91, 4),
    ],
)
def test_blacksmith_fork(
    variable: str, spike: float, rate: float, flat_h: int, precision: float, recall: float, events: int
) -> None:
    span = SPANS["Blacksmith Fork"][variable]
    found = judged("Blacksmith Fork", variable, Settings(span, spike, rate, flat_h * 3600.0))
    assert found.precision is not None
    assert found.recall is not None
    assert (found.precision >= precision, found.recall >= recall) == (True, True)
    assert found.found_events >= events


def test_franklin_basins_turbidity() -> None:
    found = judged("Franklin Basin", "turb", Settings((0, 1000), 30, 150, 3600.0))
    assert (found.found_events, found.true_events / found.flagged_events > 0.9) == (14, True)


def test_events_meet_when_they_lie_side_by_side() -> None:
    flags = np.array([0, 1, 1, 0, 0, 0, 1, 0, 0], np.bool_)
    labels = np.array([0, 0, 0, 1, 0, 0, 0, 0, 1], np.bool_)
    assert score(flags, labels) == Score(3, 2, 0, 2, 1, 2, 1)
