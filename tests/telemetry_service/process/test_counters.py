"""The counter table: what a decreasing or leaping counter may be, and what it does to volume."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.meters import MeterPeriod

START = datetime(2024, 3, 25, 12, tzinfo=UTC)  # where `feed` starts
HOUR = timedelta(hours=1)
NEW_METER = [12, 15, 19, 24, 28, 31, 35, 38]


def said(rows: Any) -> Any:
    return [(row.quality, row.reasons) for row in rows]


def last_volume(rows: Any) -> Any:
    return [row.value for row in rows if row.value is not None][-1]


def test_scenario_2_a_drop_of_less_than_one_percent_is_noise(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([50_000, 50_005, 49_990, 50_010]))
    assert said(series(outcome, "total"))[2] == (Quality.SUSPECT, Reason.NOISE)
    assert [row.value for row in series(outcome, "volume")] == [0, 5, None, 10]
    assert outcome.replacements == []


@pytest.mark.parametrize("count", [1, 2, 25, 60])
def test_scenario_3_readings_at_a_tenth_are_truncated_however_many(
    run: Any, feed: Any, series: Any, count: Any
) -> None:
    true = [91_755 + 5 * hour for hour in range(count)]
    outcome = run(feed([91_740, 91_750, *(value // 10 for value in true), 91_760 + 5 * count]))
    total = series(outcome, "total")
    assert said(total)[2:-1] == [(Quality.SUSPECT, Reason.TRUNCATED_READING)] * count
    assert total[-1].quality is Quality.GOOD
    assert outcome.replacements == []
    assert last_volume(series(outcome, "volume")) == 20 + 5 * count


def test_flow_of_a_device_that_reads_a_tenth_is_suspect_too(run: Any, feed: Any, series: Any) -> None:
    readings = feed([91_750, 91_751, 9_175, 91_760]) + feed([5, 5, 0.5, 5], "flow")
    other = feed([None, None, 1.2], "level")
    outcome = run(readings + other)
    assert said(series(outcome, "flow"))[2] == (Quality.SUSPECT, Reason.TRUNCATED_READING)
    assert said(series(outcome, "level")) == [(Quality.GOOD, Reason(0))]


def test_scenario_4_zeros_are_a_glitch(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([49_990, 50_000, 0, 0, 50_100]) + feed([5, 5, 0, 0, 5], "flow"))
    assert said(series(outcome, "total"))[2:4] == [(Quality.FAIL, Reason.ZERO_GLITCH)] * 2
    assert said(series(outcome, "flow"))[2:4] == [(Quality.SUSPECT, Reason.ZERO_GLITCH)] * 2
    assert [row.value for row in series(outcome, "volume")] == [0, 10, None, None, 110]
    assert outcome.replacements == []


def test_zeros_alone_are_never_a_new_meter(run: Any, feed: Any) -> None:
    assert run(feed([49_990, 50_000, *[0] * 50])).replacements == []


def test_zeros_before_the_first_reading_are_not_believed(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([0, 0, 50_000, 50_001]))
    assert [row.quality for row in series(outcome, "total")] == [2, 2, 1, 1]


def test_scenario_5_a_roll_over_goes_on(run: Any, feed: Any, setup: Any, series: Any) -> None:
    outcome = run(feed([99_999_980, 99_999_990, 12, 20]), setups=[setup(meter_digits=8)])
    assert said(series(outcome, "total"))[2] == (Quality.GOOD, Reason.ROLL_OVER)
    assert [row.value for row in series(outcome, "volume")] == [0, 10, 32, 40]
    assert outcome.replacements == []


def test_without_digits_a_roll_over_is_a_proposal(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([99_999_980, 99_999_990, 12, 20]))
    assert [replacement.confirmed for replacement in outcome.replacements] == [False]


def test_scenario_6_a_replacement_is_proposed_then_confirmed(run: Any, feed: Any, series: Any) -> None:
    seen = [49_990, 50_000, *NEW_METER]
    held = (Quality.SUSPECT, Reason.REPLACEMENT_PROPOSED)
    proposed = run(feed(seen[:8]))
    assert said(series(proposed, "total"))[2:] == [held] * 6
    (proposal,) = proposed.replacements
    assert (proposal.installed_at, proposal.confirmed) == (START + 2 * HOUR, False)
    assert (proposal.closing_reading, proposal.opening_reading) == (50_000, 12)
    confirmed = run(feed(seen))
    assert [replacement.confirmed for replacement in confirmed.replacements] == [True]
    assert said(series(confirmed, "total"))[2] == (Quality.GOOD, Reason.REPLACEMENT)
    assert {row.quality for row in series(confirmed, "total")} == {Quality.GOOD}
    assert {row.meter_from for row in series(confirmed, "total")[2:]} == {START + 2 * HOUR}
    assert last_volume(series(confirmed, "volume")) == 10 + 38 - 12


def test_a_glitch_that_goes_back_is_no_replacement(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([49_990, 50_000, 12, 15, 50_020]))
    assert said(series(outcome, "total"))[2:4] == [(Quality.SUSPECT, Reason.GLITCH)] * 2
    assert outcome.replacements == []
    assert last_volume(series(outcome, "volume")) == 30


def test_a_value_that_never_moves_is_not_confirmed(run: Any, feed: Any) -> None:
    outcome = run(feed([49_990, 50_000, *[65] * 40]))
    assert [replacement.confirmed for replacement in outcome.replacements] == [False]


def test_a_person_confirms_at_once(run: Any, feed: Any, series: Any) -> None:
    meter = MeterPeriod(START + 2 * HOUR, opening_reading=Decimal(12))
    by_person = run(feed([49_990, 50_000, 12, 15]), meters=[meter])
    assert {row.quality for row in series(by_person, "total")} == {Quality.GOOD}
    assert last_volume(series(by_person, "volume")) == 13
    waited = run(feed([49_990, 50_000, *NEW_METER]))
    told = run(feed([49_990, 50_000, *NEW_METER]), meters=[meter])
    assert told.measured == waited.measured


def test_a_closing_reading_counts_what_the_old_meter_still_measured(run: Any, feed: Any, series: Any) -> None:
    old = MeterPeriod(START, removed_at=START + HOUR * 3 / 2, closing_reading=Decimal(50_004))
    new = MeterPeriod(START + HOUR * 3 / 2, opening_reading=Decimal(0))
    outcome = run(feed([49_990, 50_000, 12, 15]), meters=[old, new])
    assert [row.value for row in series(outcome, "volume")] == [0, 10, 10 + 4 + 12, 10 + 4 + 15]


def test_between_two_meters_nothing_is_evaluated(run: Any, feed: Any, series: Any) -> None:
    old = MeterPeriod(START, removed_at=START + HOUR * 3 / 2)
    outcome = run(feed([49_990, 50_000, 50_000]), meters=[old])
    assert said(series(outcome, "total"))[2] == (Quality.NOT_EVALUATED, Reason.NO_METER)


def test_a_rejected_replacement_is_not_proposed_again(run: Any, feed: Any, series: Any) -> None:
    readings = feed([49_990, 50_000, *NEW_METER, 50_100])
    outcome = run(readings, rejected={START + 2 * HOUR})
    assert outcome.replacements == []
    assert {row.reasons for row in series(outcome, "total")[2:-1]} == {Reason.REPLACEMENT_REJECTED}
    assert last_volume(series(outcome, "volume")) == 110


def test_an_implausible_rise_is_held_then_proposed_then_confirmed(run: Any, feed: Any, series: Any) -> None:
    up = [173_000 + hour for hour in range(8)]
    held = run(feed([49_990, 50_000, *up[:3]]))
    assert {row.quality for row in series(held, "total")[2:]} == {Quality.SUSPECT}
    assert Reason.IMPLAUSIBLE_RISE in series(held, "total")[2].reasons
    confirmed = run(feed([49_990, 50_000, *up]))
    assert [replacement.confirmed for replacement in confirmed.replacements] == [True]
    assert last_volume(series(confirmed, "volume")) == 10 + 7


def test_a_leap_that_goes_back_adds_nothing(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([49_990, 50_000, 173_000, 50_010]))
    assert said(series(outcome, "total"))[2] == (Quality.SUSPECT, Reason.IMPLAUSIBLE_RISE)
    assert last_volume(series(outcome, "volume")) == 20


def test_a_held_leap_does_not_become_plausible_by_waiting(run: Any, feed: Any, series: Any) -> None:
    """Counted from the last good reading, any leap is possible after enough hours."""
    outcome = run(feed([49_990, 50_000, 51_000, *[51_000] * 20]))
    assert {row.quality for row in series(outcome, "total")[2:]} == {Quality.SUSPECT}


def test_two_feeds_with_a_clock_offset_are_not_resets(run: Any, feed: Any, series: Any) -> None:
    live = [50_000 + 20 * hour for hour in range(48)]
    offset = feed(live[4:], source=UUID(int=2), start=START + timedelta(minutes=5))
    outcome = run(feed(live) + offset)
    assert outcome.replacements == []
    assert last_volume(series(outcome, "volume")) <= live[-1] - live[0]


def test_a_stray_first_value_is_no_meter(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([103_930, 627_163, 627_166, 627_171]))
    assert said(series(outcome, "total"))[0] == (Quality.SUSPECT, Reason.GLITCH)
    assert outcome.replacements == []
    assert last_volume(series(outcome, "volume")) == 8


def test_a_gap_loses_nothing(run: Any, feed: Any, series: Any) -> None:
    outcome = run(feed([50_000, 50_010, *[None] * 30, 50_400]))
    assert last_volume(series(outcome, "volume")) == 400


@pytest.mark.parametrize(
    ("constants", "counts", "cubic_metres"),
    [
        ({"pulses_per_liter": 1000}, 1_000_000, 1),
        ({"pulses_per_liter": 100}, 100_000, 1),
        ({"pulses_per_liter": 100, "calibration_factor": 1.023}, 100_000, 1.023),
        ({"pulses_per_liter": 0.1}, 7, 0.07),
    ],
)
def test_pulses_become_cubic_metres(
    run: Any, feed: Any, setup: Any, series: Any, constants: Any, counts: Any, cubic_metres: Any
) -> None:
    known = setup(pulse_constants={"total": constants})
    outcome = run(feed([1, counts, counts], "pulses"), setups=[known])
    assert series(outcome, "total")[-1].value == cubic_metres
    assert series(outcome, "pulses")[-1].value == counts


def test_without_a_pulse_constant_nothing_is_guessed(run: Any, feed: Any, setup: Any, series: Any) -> None:
    outcome = run(feed([1, 2]), setups=[setup(pulse_constants={})])
    assert said(series(outcome, "total")) == [(Quality.NOT_EVALUATED, Reason.NO_PULSE_CONSTANT)] * 2
    assert series(outcome, "total")[0].value is None
