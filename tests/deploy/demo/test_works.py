from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.api import ApiError
from deploy.demo.works import CONFIGS, END, PRESETS, START, TRIES, VARIABLES, _activate, demo_works
from deploy.simulators.scenario import read_scenario
from shared.point_config.whole import problems_of


@pytest.mark.parametrize("engine", PRESETS)
def test_the_configurations_are_ones_that_core_takes(engine: str) -> None:
    assert problems_of(CONFIGS[engine]) == []


def test_each_work_reads_keys_that_its_thing_has() -> None:
    works = demo_works(read_scenario("demo"))
    assert [work.engine for work in works] == list(PRESETS)
    for work in works:
        assert set(VARIABLES[work.engine]) == set(work.thing.tracks)


def test_the_replayed_days_reach_over_the_replacement_and_the_tenth() -> None:
    assert timedelta(days=60) == END - START
    replayed = demo_works(read_scenario("demo"))[0]
    assert replayed.truth_m3() == pytest.approx(12_025 + 124_583.367 - 116_180, abs=60)


class Stumbling:
    """Refuses the first calls."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.posted = refusals, 0

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.posted += 1
        if self.posted <= self.refusals:
            raise ApiError("HTTP 409 source_not_ready")
        return {"state": "active"}


@pytest.mark.parametrize("refusals", [0, 1, TRIES - 1])
def test_a_source_goes_live_although_the_cloud_stumbles(refusals: int) -> None:
    api = Stumbling(refusals)
    _activate(api, "8f1d2c30")  # type: ignore[arg-type]
    assert api.posted == refusals + 1


def test_a_source_that_does_not_work_does_not_go_live() -> None:
    api = Stumbling(99)
    with pytest.raises(ApiError):
        _activate(api, "8f1d2c30")  # type: ignore[arg-type]
    assert api.posted == TRIES
