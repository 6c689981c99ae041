"""Rows in any order, a pass after each handful: the quality tests end where one pass over all of them ends."""

import random
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import PointConfig
from telemetry_service.process.models import Checkpoint
from telemetry_service.process.operations import process_backlog
from telemetry_service.raw.operations import request_processing

pytestmark = pytest.mark.django_db
TESTS = {
    "gross_range": {"fail": [0, 50], "suspect": [1, 40]},
    "spike": {"suspect": 1, "fail": 10},
    "rate_of_change": {"suspect_per_h": 2},
    "flat_line": {"suspect_s": 4 * 3600, "fail_s": 8 * 3600},
    "gap": {"suspect_s": 2 * 3600},
}


def odd_levels(seed: int) -> list[Any]:
    """Five days of hours with everything in them that the tests look for."""
    chance = random.Random(seed)
    values: list[Any] = [round(8 + chance.uniform(-0.3, 0.3), 2) for _ in range(120)]
    values[10], values[40:42], values[60:70], values[90] = 30, [14, 15], [8.0] * 10, 99
    values[75:80] = [None] * 5
    values[100:] = [value + 6 for value in values[100:]]
    return values


def stored() -> Any:
    rows = Measurement.objects.order_by("variable", "time")
    return list(rows.values_list("variable", "time", "value", "quality", "reasons", "config_version"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_ends_in_the_same(point: UUID, arrive: Any, feed: Any, now: Any, seed: int) -> None:
    config = PointConfig.objects.get()
    config.config |= {"quality": {"level": TESTS, "water_table": {"spike": {"suspect": 1}}}}
    config.save()
    # From the third day on the thresholds are others.
    changed = {**config.config, "quality": {"level": {**TESTS, "spike": {"suspect": 4}}}}
    rows = feed(odd_levels(seed), "level")
    PointConfig.objects.create(point_id=point, version=2, valid_from=rows[48].time, config=changed)
    shuffled = random.Random(seed).sample(rows, len(rows))
    for start in range(0, len(shuffled), 23):
        arrive(shuffled[start : start + 23])
        process_backlog(now)
    piece_by_piece = stored()
    assert {quality for _, _, _, quality, _, _ in piece_by_piece} == {1, 3, 4}
    Checkpoint.objects.all().delete()
    Measurement.objects.all().delete()
    request_processing(point_id=point, from_time=rows[0].time, now=now)
    process_backlog(now)
    assert stored() == piece_by_piece
