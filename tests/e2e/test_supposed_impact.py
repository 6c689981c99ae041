"""A depth that was wrong: what reported hours would differ, asked before and after it is corrected."""

from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.api import Api, ApiError
from tests.e2e.conftest import Days, Handwritten, make_handwritten

CODE = "OB-0601-103"  # one that the simulator of DGA knows and no other test reports
HOUR = timedelta(hours=1)
HOURS, WRONG_FROM = 5, 2
CONFIG: dict[str, Any] = {
    "pulse_constants": {"total": {"pulses_per_liter": 0.001, "calibration_factor": 1}},
    "level_reading": "column",
    "sensor_depth": 60,
    "well_depth": 80,
    "pipe_diameter": 0.3,
}


@pytest.fixture(scope="module")
def well(days: Days) -> Handwritten:
    """Five hours reported, and their day over."""
    made = make_handwritten(days, CODE, config=CONFIG, hours=HOURS)
    for hour in range(HOURS):
        made.write_down(hour, {"flow": 10, "total": 1000 + 36 * hour, "level": 20 + hour})
        days.pass_hours(1)
    last = made.start + (HOURS - 1) * HOUR
    while days.hour.date() <= last.date() + timedelta(days=1):
        days.pass_hours(1)
    return made


@pytest.fixture(scope="module")
def impact(well: Handwritten) -> str:
    """Where it is asked."""
    (config,) = [one for one in well.days.api.every("/api/compliance/configs/") if one["work_code"] == CODE]
    return f"/api/compliance/book/{config['id']}/impact/"


def period(well: Handwritten) -> dict[str, str]:
    return {"from": well.start.date().isoformat(), "to": (well.start + (HOURS - 1) * HOUR).date().isoformat()}


def supposed(api: Api, impact: str, well: Handwritten, **changes: Any) -> dict[str, Any]:
    said = {"config": CONFIG | changes, "valid_from": (well.start + WRONG_FROM * HOUR).isoformat()}
    return api.post(impact, {**period(well), "suppose": said})


def test_what_would_differ_is_what_differs_once_it_is_corrected(well: Handwritten, impact: str) -> None:
    api = well.days.api
    before = api.get(impact, **period(well))
    assert (before["compared"], before["differ"]) == (HOURS, 0)

    would = supposed(api, impact, well, sensor_depth=61.5)
    assert [len(hour["differences"]) for hour in would["results"]] == [1] * (HOURS - WRONG_FROM)
    assert {hour["differences"][0]["by"] for hour in would["results"]} == {"1.50"}
    assert api.get(impact, **period(well)) == before  # nothing was stored

    point = f"/api/core/points/{well.point}/"
    valid_from = (well.start + WRONG_FROM * HOUR).isoformat()
    api.patch(point, {"config": CONFIG | {"sensor_depth": 61.5}, "config_valid_from": valid_from})
    well.days.look()
    assert api.get(impact, **period(well)) == would


def test_what_nobody_could_store_names_its_field(well: Handwritten, impact: str) -> None:
    with pytest.raises(ApiError, match=r"HTTP 400 .*suppose\.config\.sensor_depth.*fondo del pozo"):
        supposed(well.days.api, impact, well, sensor_depth=90)
