"""A real well: a meter replacement, 25 hours at a tenth, thirteen one-hour zeros (deploy/simulators/data)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason

REPLACED_AT = datetime(2024, 4, 24, 14, tzinfo=UTC)  # 10:00 in UTC-4
OLD_METER, NEW_METER = 12_025, 184_235.125


def drawn(rows: Any) -> Any:
    believed = [row.value for row in rows if row.value is not None]
    return believed[-1] - believed[0]


@pytest.mark.parametrize("diameter", [None, 0.15])
def test_the_whole_well(run: Any, setup: Any, series: Any, well: Any, diameter: Any) -> None:
    outcome = run(well, setups=[setup(pipe_diameter=diameter)])
    assert drawn(series(outcome, "volume")) == pytest.approx(OLD_METER + NEW_METER, rel=0.001)
    assert [(found.installed_at, found.confirmed) for found in outcome.replacements] == [(REPLACED_AT, True)]
    reasons = Counter(row.reasons for row in series(outcome, "total") if row.quality is not Quality.GOOD)
    assert reasons == {Reason.TRUNCATED_READING: 25, Reason.ZERO_GLITCH: 13}


def test_its_first_sixty_days(run: Any, series: Any, well: Any) -> None:
    until = well[0].time + timedelta(days=60)
    outcome = run([row for row in well if row.time < until])
    meters = {None: [], REPLACED_AT: []}
    for row in series(outcome, "total"):
        if row.quality is Quality.GOOD:
            meters[row.meter_from].append(row.value)
    true = sum(readings[-1] - readings[0] for readings in meters.values())
    assert drawn(series(outcome, "volume")) == pytest.approx(true, rel=0.001)
    assert len(outcome.replacements) == 1


def test_flow_of_the_tenth_scale_hours_is_held(run: Any, series: Any, well: Any) -> None:
    outcome = run(well)
    flagged = [row for row in series(outcome, "flow") if Reason.TRUNCATED_READING in row.reasons]
    assert len(flagged) == 25
    assert all(row.quality is Quality.SUSPECT for row in flagged)
