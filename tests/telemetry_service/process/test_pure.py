"""A measurement depends on the rows and the configuration, not on when or how often they came (scenario 14)."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process import counter as counters
from telemetry_service.process.counter_flow import reach_back
from telemetry_service.process.engine import Checkpoint, evaluate
from telemetry_service.process.meters import MeterPeriod
from tests.telemetry_service.process import reference

# The shapes that real counters show, in any order.
SHAPES = st.lists(
    st.tuples(
        st.sampled_from(["goes on", "zero", "tenth", "noise", "new meter", "leap", "gap", "status", "text"]),
        st.integers(0, 9),
    ),
    min_size=5,
    max_size=60,
)
FIXTURES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DOUBTED = ~(Reason.ROLL_OVER | Reason.REPLACEMENT)


def values_of(shapes: Any) -> Any:
    """A counter of 50,000 m³ to which each shape happens."""
    counter, values = 50_000, []
    for shape, step in shapes:
        counter += step
        if shape == "new meter":
            counter = step + 1
        elif shape == "leap":
            counter += 40_000
        odd = {"zero": 0, "tenth": counter // 10, "noise": counter - 1 - counter // 200, "gap": None}
        values.append({"status": -3200, "text": "n/a"}.get(shape, odd.get(shape, counter)))
    return values


def by_key(outcome: Any) -> Any:
    return {(row.variable, row.time): row for row in outcome.measured}


def some_feed(feed: Any, shapes: Any) -> Any:
    values = values_of(shapes)
    flow = [None if value is None else 1.5 for value in values]
    return feed(values) + feed(flow, "flow") + feed(values[::3], source=UUID(int=2), start=feed([1])[0].time)


@FIXTURES
@given(shapes=SHAPES, seed=st.integers(0, 99))
def test_shuffled_and_duplicated_rows_give_the_same(run: Any, feed: Any, shapes: Any, seed: Any) -> None:
    rows = some_feed(feed, shapes)
    shuffled = rows + random.Random(seed).sample(rows, len(rows) // 5)
    random.Random(seed).shuffle(shuffled)
    clean, messy = run(rows), run(shuffled)
    assert (messy.measured, messy.replacements) == (clean.measured, clean.replacements)
    assert messy.checkpoints == clean.checkpoints


# What persons and Core may have said: a meter, its removal, a refusal, another factor from some hour on.
SAID = st.fixed_dictionaries(
    {"meter": st.none() | st.integers(0, 40), "opening": st.none() | st.integers(0, 50_100), "out": st.booleans()}
    | {"rejected": st.none() | st.integers(0, 40), "changed": st.none() | st.integers(0, 40)}
)


def _known(rows: Any, said: Any, setup: Any, **config: Any) -> Any:
    begin = min(row.time for row in rows)
    hour = lambda number: None if number is None else begin + timedelta(hours=number)  # noqa: E731
    meters, setups = [], [setup(**config)]
    if said["meter"] is not None:
        installed_at = hour(said["meter"])
        removed_at = installed_at + timedelta(hours=7) if said["out"] else None
        opening = None if said["opening"] is None else Decimal(said["opening"])
        meters.append(MeterPeriod(installed_at, removed_at, opening, Decimal(50_050)))
    if said["changed"] is not None:
        factor = {"total": {"pulses_per_liter": 0.0001}}
        setups.append(setup(2, **config | {"valid_from": hour(said["changed"]), "pulse_constants": factor}))
    return {"meters": meters, "setups": setups, "rejected": {hour(said["rejected"])}}


@FIXTURES
@given(shapes=SHAPES, cut=st.integers(0, 59), said=SAID)
def test_a_pass_from_a_checkpoint_gives_what_a_full_one_gives(
    run: Any, feed: Any, setup: Any, shapes: Any, cut: Any, said: Any
) -> None:
    rows = sorted(some_feed(feed, shapes), key=lambda row: row.time)
    times = sorted({row.time for row in rows})
    known = _known(rows, said, setup)
    until = times[min(cut, len(times) - 1)]
    first = run([row for row in rows if row.time <= until], **known)
    start = first.checkpoints[-1] if first.checkpoints else None
    if start:
        start = Checkpoint(start.at, counters.unpack(start.pack()))
    rest = run([row for row in rows if start is None or row.time > start.at], start=start, **known)
    full = run(rows, **known)
    assert by_key(first) | by_key(rest) == by_key(full)
    assert rest.checkpoints[-1:] == full.checkpoints[-1:]


# What people write in files and what devices send: as text, and in a unit.
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "1.5",
                "0",
                "0.00",
                "-0.3",
                "-3200",
                "-2",
                " 42.50 ",
                "n/a",
                "1_000",
                "1e400",
                "0.1",
                "12.3456789012345678",
            ]
        )
        | st.decimals(-1000, 1000, places=3, allow_nan=False).map(str),
        st.sampled_from(["", "L/s", "m3/h", "gpm", "l/min", "cm", "mm"]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    max_size=30,
)
LIMITS = {"flow": [0, 50], "level": [0, 80], "mean_flow": [0, 20]}
FACTORS = st.sampled_from([{"pulses_per_liter": factor} for factor in (0.001, 0.1, 3, 7e-4, 1000)])


@settings(FIXTURES, max_examples=200)
@given(
    shapes=SHAPES,
    cut=st.integers(0, 59),
    said=SAID,
    texts=TEXTS,
    factor=FACTORS,
    stretch=st.integers(1, 25),
    flow=st.sampled_from([{}, {"mean_flow": {"window_s": 3600}}, {"mean_flow": {"window_s": 14_400}}]),
)
def test_the_arrays_give_what_reading_by_reading_gives(
    feed: Any, setup: Any, shapes: Any, cut: Any, said: Any, texts: Any, factor: Any, stretch: Any, flow: Any
) -> None:
    calm = [shape for shape in shapes for _ in range(stretch)] if stretch > 5 else shapes
    rows = some_feed(feed, [(kind if n % stretch == 0 else "goes on", step) for n, (kind, step) in enumerate(calm)])
    for variable, source in [("flow", 1), ("level", 1), ("level", 2), ("ph", 1), ("pulses", 2)]:
        several = feed([text for text, _, _ in texts], variable, source=UUID(int=source))
        rows += [row._replace(unit=unit, flags=flags) for row, (_, unit, flags) in zip(several, texts, strict=True)]
    known = _known(rows, said, setup, pulse_constants={"total": factor}, limits=LIMITS, **flow)
    whole, slowly = evaluate(rows, **known), reference.evaluate(rows, **known)
    assert by_key(whole) == by_key(slowly)
    assert (whole.replacements, whole.checkpoints) == (slowly.replacements, slowly.checkpoints)
    until = sorted({row.time for row in rows})[min(cut, len(rows) // 9)]
    begin = next((one for one in reversed(whole.checkpoints) if one.at <= until), None)
    rest = [row for row in rows if begin is None or row.time > begin.at]
    part, slow_part = evaluate(rest, start=begin, **known), reference.evaluate(rest, start=begin, **known)
    assert _but_flow(part) == _but_flow(slow_part)
    # The flow that a counter shows looks back: from so far behind the checkpoint on it is what it is of the whole.
    since = begin.at + reach_back(known["setups"]) if begin else datetime.min.replace(tzinfo=UTC)
    assert _later(part, since) == _later(whole, since)


def _but_flow(outcome: Any) -> Any:
    return {key: row for key, row in by_key(outcome).items() if key[0] != "mean_flow"}


def _later(outcome: Any, since: datetime) -> Any:
    return {key: row for key, row in by_key(outcome).items() if key[1] > since}


@FIXTURES
@given(shapes=SHAPES)
def test_scenario_12_no_good_measurement_was_doubted_and_volume_never_falls(run: Any, feed: Any, shapes: Any) -> None:
    outcome = run(feed(values_of(shapes)))
    for row in outcome.measured:
        assert row.quality is not Quality.GOOD or not row.reasons & DOUBTED
        assert (row.quality is Quality.GOOD) == (row.value is not None) or row.variable != "volume"
    ordered = [
        row.value
        for row in sorted(outcome.measured, key=lambda row: row.time)
        if row.variable == "volume" and row.value is not None
    ]
    assert ordered == sorted(ordered)


@FIXTURES
@given(shapes=SHAPES)
def test_no_reading_no_measurement_and_no_zero_of_our_own(run: Any, feed: Any, shapes: Any) -> None:
    rows = feed(values_of(shapes))
    outcome = run(rows)
    assert {row.time for row in outcome.measured} == {row.time for row in rows}
    zeros = {row.time for row in rows if row.value == "0"}
    assert {row.time for row in outcome.measured if row.variable == "total" and row.value == 0} <= zeros


def test_thirty_days_shuffled_with_duplicates_equal_the_clean_feed(run: Any, well: Any) -> None:
    month = [row for row in well if row.time < well[0].time + timedelta(days=60)]
    messy = month + month[::20]
    random.Random(7).shuffle(messy)
    assert run(messy).measured == run(month).measured
