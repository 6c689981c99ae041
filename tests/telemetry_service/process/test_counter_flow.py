"""The mean flow that the counter shows is a series of the point: asked for by its configuration, with dates."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.points.models import PointConfig
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.flags import Flag
from tests.telemetry_service.process.conftest import CONFIG, HOUR, NOW, SOURCE, START

FLOW = {"mean_flow": {"window_s": 3600}}


def flows(outcome: Any) -> list[Any]:
    return [(row.value, row.quality, row.reasons) for row in outcome.measured if row.variable == "mean_flow"]


GOOD = (1.0, Quality.GOOD, Reason(0))
FIRST = (None, Quality.NOT_EVALUATED, Reason.NO_BASELINE)


def test_nobody_asks_for_it_nobody_has_it(run: Any, feed: Any) -> None:
    assert flows(run(feed([50_000, 50_004]))) == []


def test_each_reading_has_the_flow_since_the_one_an_hour_ago(run: Any, feed: Any, setup: Any) -> None:
    found = run(feed(["50000.0", "50003.6", "50007.2", "50007.2"]), setups=[setup(**FLOW)])
    assert flows(found) == [FIRST, GOOD, GOOD, (0.0, Quality.GOOD, Reason(0))]
    assert {row.config_version for row in found.measured} == {1}


def test_over_a_gap_it_is_the_mean_of_the_gap_and_not_good(run: Any, feed: Any, setup: Any) -> None:
    found = run(feed(["50000.0", "50003.6", None, None, None, "50018.0"]), setups=[setup(**FLOW)])
    assert flows(found)[-1] == (1.0, Quality.SUSPECT, Reason.MEAN_OF_GAP)


def test_a_reading_that_was_not_believed_has_no_flow_and_says_why(run: Any, feed: Any, setup: Any) -> None:
    found = flows(run(feed(["50000.0", "50003.6", 0, "n/a", "50014.4"]), setups=[setup(**FLOW)]))
    assert found[2] == (None, Quality.FAIL, Reason.ZERO_GLITCH)
    assert found[3] == (None, Quality.FAIL, Reason.NOT_A_NUMBER)
    assert found[4] == (1.0, Quality.SUSPECT, Reason.MEAN_OF_GAP)


@pytest.mark.parametrize("doubted", [1, 2])
def test_a_time_of_ours_at_either_end_makes_it_doubtful(run: Any, feed: Any, setup: Any, doubted: int) -> None:
    rows = feed(["50000.0", "50003.6", "50007.2", "50010.8"])
    rows[doubted] = rows[doubted]._replace(flags=int(Flag.RECEIVE_TIME))
    found = flows(run(rows, setups=[setup(**FLOW)]))
    doubtful = (1.0, Quality.SUSPECT, Reason.RECEIVE_TIME)
    assert found[1:] == [doubtful if row in (doubted, doubted + 1) else GOOD for row in (1, 2, 3)]


def test_a_confirmed_fault_of_the_counter_is_one_of_its_flow(run: Any, feed: Any, setup: Any) -> None:
    """The window that begins under the fault is doubtful, though it ends behind it."""
    setups = [
        setup(1, faults={"total": "pulse_factor"}, **FLOW),
        setup(2, START + 2 * HOUR, **FLOW),
    ]
    found = flows(run(feed(["50000.0", "50003.6", "50007.2", "50010.8"]), setups=setups))
    doubtful = (1.0, Quality.SUSPECT, Reason.CONFIRMED_FAULT)
    assert found[1:] == [doubtful, doubtful, GOOD]


def test_no_flow_over_a_new_meter(run: Any, feed: Any, setup: Any) -> None:
    """Whether a person says so or the readings show it: what flowed in between nobody counted."""
    entered = MeterPeriod(START + 2 * HOUR - timedelta(minutes=1), None, Decimal(0))
    rows = feed(["50000.0", "50003.6", "3.6", "7.2"])
    found = flows(run(rows, setups=[setup(**FLOW)], meters=[entered]))
    assert found[1] == found[3] == GOOD
    assert found[2] == (None, Quality.NOT_EVALUATED, Reason.NO_BASELINE | Reason.REPLACEMENT)
    shown = feed([50_000, 50_004, *(10 + 4 * hour for hour in range(8))])
    late = flows(run(shown, setups=[setup(**FLOW)]))
    assert late[2][:2] == (None, Quality.NOT_EVALUATED)
    assert {value for value, _, _ in late[3:]} == {4000 / 3600}


def test_the_size_of_the_pulse_makes_the_window(run: Any, setup: Any) -> None:
    """Ten litres a pulse: the tests of the seventh invariant, as measurements."""
    factor = {"total": {"pulses_per_liter": 0.1}}
    rows = [
        Reading("total", START + timedelta(minutes=minute), str(int(minute * 60 * 0.4 // 10)), SOURCE)
        for minute in range(180)
    ]
    found = flows(run(rows, setups=[setup(pulse_constants=factor, **FLOW)]))
    assert all(abs(value - 0.4) <= 0.02 for value, _, _ in found[10:])
    assert {quality for _, quality, _ in found[10:]} == {Quality.GOOD}


def test_what_a_device_says_itself_takes_its_place(run: Any, feed: Any, setup: Any) -> None:
    rows = feed(["50000.0", "50003.6", "50007.2"]) + feed([None, 9.5], "mean_flow")
    assert [value for value, _, _ in flows(run(rows, setups=[setup(**FLOW)]))] == [None, 9.5, 1.0]


def test_limits_and_the_pipe_hold_for_it(run: Any, feed: Any, setup: Any) -> None:
    found = flows(run(feed([50_000, 50_036, 50_072]), setups=[setup(limits={"mean_flow": [0, 5]}, **FLOW)]))
    assert found[2] == (10.0, Quality.FAIL, Reason.OUT_OF_RANGE)


@pytest.mark.django_db
def test_switched_on_and_off_with_dates(arrive: Any, feed: Any, point: UUID) -> None:
    """What was made is gone where the configuration says so no more, and is kept as what was known."""
    rows = feed([50_000 + 4 * hour for hour in range(72)])
    arrive(rows)
    process_backlog(NOW)
    there = Measurement.objects.filter(point_id=point, variable="mean_flow").order_by("time")
    assert not there.exists()
    on = PointConfig.objects.create(point_id=point, version=2, valid_from=START + 24 * HOUR, config=CONFIG | FLOW)
    process_backlog(NOW + HOUR)
    made = list(there.values_list("time", "value", "quality", "config_version"))
    assert [time for time, *_ in made] == [START + hour * HOUR for hour in range(24, 72)]
    assert {row[1:] for row in made} == {(4000 / 3600, 1, 2)}
    PointConfig.objects.create(point_id=point, version=3, valid_from=START + 60 * HOUR, config=CONFIG)
    process_backlog(NOW + 2 * HOUR)
    assert there.last().time == START + 59 * HOUR  # type: ignore[union-attr]
    on.delete()
    process_backlog(NOW + 3 * HOUR)
    assert not there.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM measurement_past WHERE variable = 'mean_flow'")
        assert cursor.fetchone() == (48,)
        for table in ("latest", "hourly", "daily"):
            cursor.execute(f"SELECT count(*) FROM measurement_{table} WHERE variable = 'mean_flow'")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_it_is_seen_wherever_measurements_are(arrive: Any, feed: Any, point: UUID) -> None:
    PointConfig.objects.update(config=CONFIG | FLOW)
    arrive(feed([f"{50_000 + 3.6 * hour:.1f}" for hour in range(12)]))
    process_backlog(NOW)
    client, asked = api_client(user_token()), {"points": str(point), "variables": "mean_flow"}
    span = {"from": START.isoformat(), "to": datetime(2024, 3, 26, tzinfo=UTC).isoformat()}

    def answer(path: str, **more: str) -> Any:
        found = client.get(f"/api/telemetry/{path}", asked | more)
        assert found.status_code == 200, found.content
        return found

    rows = answer("data/", **span).json()
    assert [row["value"] for row in rows["results"]][1:] == [1.0] * 11
    (newest,) = answer("latest/").json()["results"]
    assert (newest["value"], newest["unit"], newest["quality"]) == (1.0, "L/s", 1)
    (first, *_) = answer("aggregate/", interval="hour", **span).json()["results"]
    assert first["variable"] == "mean_flow"
    body = b"".join(answer("export/", format="csv", **span).streaming_content).decode()
    assert body.count("mean_flow,") == 12
    things = client.get(f"/api/telemetry/sensorthings/v1.1/Datastreams('{point}:mean_flow')").json()
    assert things["unitOfMeasurement"]["symbol"] == "L/s"
    lineage = client.get("/api/telemetry/lineage/", {"point": str(point), "variables": "mean_flow", **span})
    assert [reading["variable"] for reading in lineage.json()["results"][1]["readings"]] == ["total"]
