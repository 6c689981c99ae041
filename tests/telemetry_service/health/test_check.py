"""From readings to what is kept of devices: conditions, clocks, codes, batteries, and what changed when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY

from telemetry_service.collect.poll import collect_due
from telemetry_service.gaps.models import Gap
from telemetry_service.health.device import Said
from telemetry_service.health.models import ClockFault, ClockSample, DeviceHealth, HealthMove, LoggerStatus
from telemetry_service.health.operations import check_devices, forget_old_statuses, note_impossible_time
from telemetry_service.health.survey import survey
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import Arrival
from telemetry_service.sources.models import Source, State

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]


def kept(source: Any) -> DeviceHealth:
    return DeviceHealth.objects.get(source_id=source.id)


def moves(what: str) -> list[tuple[Any, ...]]:
    rows = HealthMove.objects.filter(what=what).order_by("at", "id")
    return list(rows.values_list("before", "after", "at"))


def test_a_device_is_online_late_offline_and_back(source: Any, send: Make, check: Make, now: datetime) -> None:
    check(now)
    send(source, {"caudal": 1, "nivel": 2})
    for hours in (0, 3, 30):
        check(now + hours * HOUR)
    back = now + 31 * HOUR
    send(source, {"caudal": 1, "nivel": 2}, time=back)
    check(back)
    assert moves("condition") == [
        ("never", "online", now),
        ("online", "late", now + 2 * HOUR),
        ("late", "offline", now + 24 * HOUR),
        ("offline", "online", back),
    ]
    assert (kept(source).condition, kept(source).since) == ("online", back)


def test_a_look_that_finds_nothing_new_writes_nothing(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 1})
    assert check(now) == 1
    assert check(now + HOUR) == 0
    assert HealthMove.objects.count() == 0


def test_scenario_9_a_frozen_device_goes_offline_however_often_it_is_polled(
    make_source: Make, check: Make, httpserver: Any, now: datetime
) -> None:
    record = {"variable": "caudal", "value": 7, "time": now.isoformat()}
    httpserver.expect_request("/data").respond_with_json({"status": True, "result": [record]})
    source = make_source(variables={"caudal": "flow"})
    conditions = []
    for hours in range(0, 30, 3):
        collect_due(now + hours * HOUR)
        check(now + hours * HOUR)
        conditions.append(kept(source).condition)
    source.refresh_from_db()
    assert (source.last_outcome, source.failures, source.last_polled_at) == ("ok", 0, now + 27 * HOUR)
    assert conditions == ["online", *["late"] * 8, "offline"]


def test_scenario_17_a_dead_sensor_with_the_time_of_now_looks_dead(
    make_source: Make, check: Make, httpserver: Any, now: datetime
) -> None:
    httpserver.expect_request("/data").respond_with_json(
        {"status": True, "result": [{"variable": "caudal", "value": None, "time": (now + DAY).isoformat()}]}
    )
    source = make_source(variables={"caudal": "flow"})
    collect_due(now + DAY)
    check(now + DAY)
    assert (kept(source).condition, kept(source).clock) == ("never", "right")
    assert (Arrival.objects.count(), Gap.objects.count()) == (0, 0)


def test_a_stale_variable_beside_fresh_ones(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    for hours in range(1, 30):
        send(source, {"caudal": 1}, time=now + hours * HOUR)
    check(now + 24 * HOUR)
    assert kept(source).stale == []
    check(now + 29 * HOUR)
    assert (kept(source).condition, kept(source).stale) == ("online", ["level"])
    send(source, {"nivel": 2}, time=now + 29 * HOUR)
    check(now + 29 * HOUR)
    assert [move[:2] for move in moves("stale")] == [("fresh", "stale"), ("stale", "fresh")]


def test_a_clock_that_is_behind_is_seen_where_the_device_pushes(
    source: Any, send: Make, check: Make, now: datetime
) -> None:
    Provider.objects.update(type="PUSH")
    for hours in range(5):
        at = now + hours * HOUR
        send(source, {"caudal": 1}, time=at - 12 * MINUTE, at=at)
    send(source, {"caudal": 1}, time=now - 20 * HOUR, at=now + 4 * HOUR)  # of its backlog
    check(now + 5 * HOUR)
    assert (kept(source).clock, kept(source).clock_by_s) == ("behind", 720)
    assert ClockSample.objects.count() == 5
    for hours in range(5, 40):
        send(source, {"caudal": 1}, time=now + hours * HOUR)
    check(now + 40 * HOUR)
    assert [move[:2] for move in moves("clock")] == [("behind", "right")]
    assert ClockSample.objects.count() == 24


def test_local_time_sent_as_utc_is_named_so(source: Any, send: Make, check: Make, now: datetime) -> None:
    for hours in range(8):
        at = now + hours * HOUR
        send(source, {"caudal": 1}, time=at - 3 * HOUR, at=at + MINUTE)
    check(now + 7 * HOUR)
    assert (kept(source).clock, kept(source).clock_by_s) == ("zone", 3 * 3600 + 60)


def test_a_frozen_device_whose_clock_is_ahead_gains_nothing_by_it(
    source: Any, send: Make, check: Make, now: datetime
) -> None:
    for hours in range(4):
        at = now + hours * HOUR
        send(source, {"caudal": 1}, time=at + 20 * HOUR, at=at)
    check(now + 4 * HOUR)
    assert (kept(source).condition, kept(source).clock) == ("online", "zone")
    check(now + 6 * HOUR)
    assert kept(source).condition == "late"
    check(now + 28 * HOUR)
    assert kept(source).condition == "offline"


def test_an_impossible_time_is_a_fault_for_a_day(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1})
    for _ in range(2):
        note_impossible_time(source_id=source.id, said="2036-01-02T12:00:00+00:00", now=now)
    check(now)
    assert kept(source).clock == "impossible"
    assert ClockFault.objects.get().seen == 2
    send(source, {"caudal": 1}, time=now + 25 * HOUR)
    check(now + 25 * HOUR)
    assert kept(source).clock == "right"


def test_logger_codes_are_counted_once_by_day(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": "-3200", "nivel": "-0.5"})
    send(source, {"caudal": "-3200.0"}, time=now + HOUR)
    send(source, {"caudal": "-2"}, time=now + 2 * HOUR)
    for _ in range(2):
        check(now + 2 * HOUR)
    send(source, {"caudal": "-3200"}, time=now - HOUR, at=now + 2 * HOUR)  # late
    send(source, {"caudal": "-3200"}, time=now + DAY)
    send(source, {"caudal": "- sin dato"}, time=now + DAY + HOUR)
    check(now + DAY)
    rows = LoggerStatus.objects.order_by("day", "code").values_list("key", "code", "day", "count", "last_at")
    day = now.date()
    assert list(rows) == [
        ("caudal", "-2", day, 1, now + 2 * HOUR),
        ("caudal", "-3200", day, 3, now + HOUR),
        ("caudal", "-3200", day + DAY, 1, now + DAY),
    ]


def test_a_battery_that_runs_low(make_source: Make, send: Make, check: Make, now: datetime) -> None:
    source = make_source(variables={"caudal": "flow", "bat": "battery"}, cadence_s=3600)
    for hours, level in enumerate([22, 21, 19, 18]):
        send(source, {"caudal": 1, "bat": level}, time=now + hours * HOUR)
        check(now + hours * HOUR)
    assert moves("battery") == [("enough", "low", now + 2 * HOUR)]


def test_of_each_device_its_own_battery_at_its_newest_reading(
    make_source: Make, send: Make, check: Make, now: datetime
) -> None:
    """Each says its battery by the same key, at another time."""
    first = make_source(variables={"bat": "battery"}, cadence_s=3600)
    second = make_source(provider=first.provider, params={"token": "t1"}, variables={"bat": "battery"}, cadence_s=3600)
    send(first, {"bat": 80}, time=now - HOUR, unit="%")
    send(first, {"bat": 12})
    send(second, {"bat": 11}, time=now - 2 * HOUR)
    send(second, {"bat": 90}, time=now - HOUR)
    check(now)
    found = {one.source_id: one.power for one in survey(now=now)}
    assert found == {
        first.id: {"battery": Said("12", "", now)},
        second.id: {"battery": Said("90", "", now - HOUR)},
    }


def test_no_raw_row_is_read_where_no_device_says_its_battery(
    source: Any, send: Make, check: Make, now: datetime
) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    with CaptureQueriesContext(connection) as captured:
        assert [one.power for one in survey(now=now)] == [{}]
    assert not [query for query in captured.captured_queries if "raw_telemetry_data" in query["sql"]]


def test_drafts_and_deleted_points_have_no_health_and_stopped_sources_have(
    make_source: Make, send: Make, check: Make, now: datetime
) -> None:
    draft = make_source(params={"token": "t0"})
    gone, stopped = (make_source(provider=draft.provider, params={"token": f"t{n}"}) for n in (1, 2))
    check(now)
    assert DeviceHealth.objects.count() == 3
    Source.objects.filter(id=draft.id).update(state=State.DRAFT)
    Source.objects.filter(id=stopped.id).update(state=State.STOPPED, stop_reason="credenciales rechazadas")
    gone.point.deleted = True
    gone.point.save()
    check(now)
    assert list(DeviceHealth.objects.values_list("source_id", flat=True)) == [stopped.id]


def test_a_look_costs_the_same_number_of_queries_for_one_device_and_for_many(
    make_source: Make, send: Make, check: Make, now: datetime
) -> None:
    one = make_source(params={"token": "t0"})
    send(one, {"caudal": 1})
    check(now)
    with CaptureQueriesContext(connection) as of_one:
        check_devices(now + HOUR)
    for n in range(1, 6):
        more = make_source(provider=one.provider, params={"token": f"t{n}"})
        send(more, {"caudal": -3200})
    check(now)
    with CaptureQueriesContext(connection) as of_many:
        check_devices(now + HOUR)
    assert len(of_many) == len(of_one)
    with CaptureQueriesContext(connection) as of_changes:
        check_devices(now + 5 * HOUR)
    assert len(of_changes) <= len(of_one) + 2  # what changed, and how


def test_the_metrics_count_by_state(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1})
    check(now + 3 * HOUR)
    said = [REGISTRY.get_sample_value("telemetry_devices", {"condition": name}) for name in ("late", "online")]
    assert said == [1, 0]
    assert REGISTRY.get_sample_value("telemetry_device_clocks", {"clock": "right"}) == 1


def test_what_is_old_is_forgotten(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": "-3200"})
    check(now)
    assert forget_old_statuses(now=now + 365 * DAY) == 0
    assert forget_old_statuses(now=now + 366 * DAY) == 1
