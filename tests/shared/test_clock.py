from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import clock
from shared.clock import REGULATOR_TIME, VirtualClock

NOON = datetime(2024, 3, 25, 12, tzinfo=UTC)


def test_without_a_file_the_system_clock_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_CLOCK_FILE", raising=False)
    assert abs(clock.now() - clock.system_now()) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_still_for_every_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACK_CLOCK_FILE", str(tmp_path / "clock"))
    VirtualClock(tmp_path / "clock").freeze(NOON)
    assert clock.now() == clock.now() == NOON


def test_a_running_clock_goes_on_at_real_speed(tmp_path: Path) -> None:
    virtual = VirtualClock(tmp_path / "clock")
    virtual.run_from(NOON)
    first, second = virtual.read(), virtual.read()
    assert NOON <= first < second < NOON + timedelta(seconds=5)


def test_a_missing_file_means_the_system_clock(tmp_path: Path) -> None:
    assert abs(VirtualClock(tmp_path / "none").read() - clock.system_now()) < timedelta(seconds=5)


def test_a_naive_instant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(tmp_path / "clock").freeze(datetime(2024, 3, 25, 12))  # noqa: DTZ001


@pytest.mark.parametrize("month", [1, 7])
def test_regulators_know_no_daylight_saving(month: int) -> None:
    local = datetime(2024, month, 1, 12, tzinfo=UTC).astimezone(REGULATOR_TIME)
    assert local.hour == 8
