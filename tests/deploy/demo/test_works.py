from datetime import timedelta

import pytest

from core_service.catchment.config import problems_of
from deploy.demo.works import CONFIGS, END, PRESETS, START, VARIABLES, demo_works
from deploy.simulators.scenario import read_scenario


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
