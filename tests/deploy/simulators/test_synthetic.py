from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import pytest

from deploy.simulators.synthetic import LITRES_PER_PULSE, PULSE_DIGITS, Hour, make_rows, simulate
from deploy.simulators.truth import drawn_m3

START = datetime.fromisoformat("2024-05-04T00:00:00-04:00")
HOURS = 24 * 20


@pytest.fixture
def states() -> Sequence[Hour]:
    return simulate(seed=103, start=START, hours=HOURS)


def test_flow_times_time_is_volume(states: Sequence[Hour]) -> None:
    for before, after in pairwise(states):
        assert after.drawn_m3 - before.drawn_m3 == pytest.approx(after.flow_l_s * 3.6, abs=0.002)


def test_the_water_falls_while_the_pump_runs(states: Sequence[Hour]) -> None:
    pumping = [state.column_m for state in states if state.flow_l_s > 0]
    resting = [state.column_m for state in states if state.flow_l_s == 0]
    assert sum(pumping) / len(pumping) < sum(resting) / len(resting) - 3


def test_pulses_count_the_volume_over_the_roll_over(states: Sequence[Hour]) -> None:
    rows = make_rows("pulses", seed=103, start=START, hours=HOURS)
    counts = [int(row["total"]) for _, row in rows]
    turns = sum(after < before for before, after in pairwise(counts))
    assert turns >= 1
    pulses = counts[-1] - counts[0] + turns * 10**PULSE_DIGITS
    assert pulses * LITRES_PER_PULSE / 1000 == pytest.approx(states[-1].drawn_m3, abs=0.01)


def test_a_longer_series_begins_alike() -> None:
    long, short = (make_rows("cubic_metres", seed=1, start=START, hours=hours) for hours in (500, 100))
    assert list(long[:100]) == list(short)


def test_the_truth_of_a_synthetic_well(states: Sequence[Hour]) -> None:
    data = {"synthetic": "pulses", "seed": 103, "start": START.isoformat(), "hours": HOURS}
    assert drawn_m3(data, start=START, end=states[-1].at) == states[-1].drawn_m3


@pytest.mark.parametrize(
    ("end", "volume"),
    [
        ("2024-04-24T09:30:00-04:00", 12_025),
        ("2024-04-24T10:00:00-04:00", 12_025),
        # Inside the day that reads a tenth: the last reading before it.
        ("2024-05-13T20:00:00-04:00", 12_025 + 120_753 - 116_180),
        ("2025-04-01T00:00:00-04:00", 12_025 + 184_235.125),
    ],
)
def test_the_truth_of_the_replayed_well(end: str, volume: float) -> None:
    data = {"file": "well_hourly_2024_2025.csv.gz"}
    start = datetime.fromisoformat("2024-03-25T13:00:00-04:00")
    assert drawn_m3(data, start=start, end=datetime.fromisoformat(end)) == pytest.approx(volume)
