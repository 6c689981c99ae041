"""From what is in the tables to alerts: devices, days, rules of ALERT schemas, detectors, meters."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from telemetry_service import pipeline
from telemetry_service.alerts.looks import POINTS_A_LOOK, check_alerts
from telemetry_service.alerts.models import Alert, FaultLook
from telemetry_service.gaps.models import Completeness
from telemetry_service.measurements.store import make_partitions, merge
from telemetry_service.points.models import Point, PointConfig
from telemetry_service.process.models import Meter
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.partitions import make_partitions as make_raw_partitions
from telemetry_service.raw.store import Answer, Incoming, store
from telemetry_service.schemas.operations import create_schema
from telemetry_service.sources.models import Source

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]


def alive(*kinds: str) -> list[tuple[str, str]]:
    rows = Alert.objects.exclude(state="closed").order_by("kind", "variable").values_list("kind", "variable")
    return [row for row in rows if not kinds or row[0] in kinds]


def one(kind: str) -> Alert:
    return Alert.objects.exclude(state="closed").get(kind=kind)


def test_the_signs_that_there_are_are_asked_for_once(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    FaultLook.objects.create(point_id=source.point_id, looked_at=now)
    with CaptureQueriesContext(connection) as captured:
        assert check_alerts(now) == 0
    assert sum("alert_sign" in query["sql"] for query in captured.captured_queries) == 1


# --- devices


def test_a_device_that_falls_silent_and_comes_back(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    assert check_alerts(now) == 0
    later = now + 25 * HOUR
    check(later)
    assert check_alerts(later) == 1
    alert = one("offline")
    assert (alert.point_id, alert.variable, alert.severity) == (source.point_id, "", "critical")
    assert alert.since == now + 24 * HOUR
    assert alert.says == "La última lectura es de hace 25 h; se espera una cada 60 min."
    assert alert.evidence["newest_at"] == "2026-01-02T12:00:00Z"
    assert alert.evidence["source"] == str(source.id)
    send(source, {"caudal": 1, "nivel": 2}, time=later + MINUTE)
    check(later + MINUTE)
    check_alerts(later + MINUTE)
    assert alive("offline") == [("offline", "")]
    assert check_alerts(later + 11 * MINUTE) == 1
    # It is back; that of the day before nearly nothing came is true all the same.
    assert alive() == [("incomplete", "")]


def test_one_variable_that_falls_silent(source: Any, send: Make, check: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    later = now + 30 * HOUR
    for at in (now + 29 * HOUR, later):
        send(source, {"caudal": 1}, time=at)
    check(later)
    check_alerts(later)
    assert alive("stale") == [("stale", "level")]
    assert one("stale").since == now


def test_a_clock_and_a_battery_must_stay_wrong_for_half_an_hour(
    make_source: Make, send: Make, check: Make, now: datetime
) -> None:
    source = make_source(variables={"bat": "battery"}, cadence_s=600)
    for minute in (0, 20, 31):
        at = now + minute * MINUTE
        send(source, {"bat": 12}, time=at + 2 * HOUR, at=at)
        check(at)
        check_alerts(at)
        assert alive("clock", "battery") == ([] if minute < 31 else [("battery", ""), ("clock", "")])
    assert "adelantad" in one("clock").says
    assert one("battery").says.startswith("Batería baja: 12")


def test_a_stopped_source_is_said_where_nothing_else_speaks(
    source: Any, send: Make, check: Make, now: datetime
) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    Source.objects.filter(id=source.id).update(state="stopped", stop_reason="credenciales rechazadas")
    check(now)
    check_alerts(now)
    assert alive() == []
    check(now + 25 * HOUR)
    check_alerts(now + 25 * HOUR)
    assert alive() == [("offline", ""), ("stopped", "")]
    assert "credenciales rechazadas" in one("stopped").says


def test_what_never_spoke_has_a_day(source: Any, check: Make, now: datetime) -> None:
    for hours in (0, 23):
        check(now + hours * HOUR)
        check_alerts(now + hours * HOUR)
    assert alive() == []
    check_alerts(now + 24 * HOUR)
    assert alive() == [("never", "")]


# --- days


@pytest.fixture
def day(source: Any) -> Callable[..., None]:
    def put(key: str, received: int, missing: int, on: date = date(2026, 1, 1), zone: str = "santiago") -> None:
        counts = {"received": received, "missing": missing}
        Completeness.objects.create(source_id=source.id, key=key, zone=zone, day=on, **counts)

    return put


def test_a_day_of_which_too_little_came(source: Any, send: Make, check: Make, day: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    day("caudal", 19, 5)
    day("nivel", 20, 4)
    day("nivel", 1, 23, zone="utc-4")
    day("nivel", 1, 23, on=date(2025, 12, 31))
    check_alerts(now)
    assert alive() == [("incomplete", "flow")]
    alert = one("incomplete")
    assert alert.says == ("El 01-01-2026 llegaron 19 de 24 lecturas de «flow» (79 %; se espera al menos 80 %).")
    assert (alert.evidence["share"], alert.evidence["expected"]) == (0.7917, 24)
    Completeness.objects.filter(key="caudal", zone="santiago").update(received=24, missing=0)
    check_alerts(now + MINUTE)
    assert alive() == []


def test_of_a_device_that_sent_too_little_of_everything_there_is_one_alert(
    source: Any, send: Make, check: Make, day: Make, now: datetime
) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    day("caudal", 19, 5)
    day("nivel", 12, 12)
    check_alerts(now)
    assert alive() == [("incomplete", "")]
    alert = one("incomplete")
    assert alert.says == "El 01-01-2026 llegaron 31 de 48 lecturas del punto (flow: 79 %, level: 50 %)."
    assert [row["variable"] for row in alert.evidence["variables"]] == ["flow", "level"]


def test_a_schema_says_how_much_must_come(source: Any, send: Make, check: Make, day: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2})
    check(now)
    day("caudal", 19, 5)
    day("nivel", 23, 1)
    schema({"flow": {"completeness": 0.5}, "level": {"completeness": 1}}, now=now)
    check_alerts(now)
    assert alive() == [("incomplete", "level")]


def test_of_a_silent_point_one_alert_is_enough(source: Any, send: Make, check: Make, day: Make, now: datetime) -> None:
    send(source, {"caudal": 1, "nivel": 2}, time=now - 3 * DAY)
    day("caudal", 0, 24)
    check(now)
    check_alerts(now)
    assert alive() == [("offline", "")]


# --- rules


def schema(rules: dict[str, Any], *, now: datetime, name: str = "Umbrales", **more: Any) -> Any:
    said = {"name": name, "schema_type": "ALERT", "variables": ["flow", "level"], "validation_rules": rules}
    return create_schema(said=said | more, actor="user:ana@example.cl", now=now)


@pytest.fixture
def says(db: None) -> Callable[..., None]:
    """A measurement, good unless said."""

    def put(point: UUID, variable: str, value: float | None, at: datetime, quality: int = 1) -> None:
        make_partitions([at])
        merge([(point, variable, at, value, None, quality, 0, uuid.uuid4(), 3, None)], now=at)

    return put


def test_a_value_above_the_maximum_until_it_is_back_by_the_margin(make_point: Make, says: Make, now: datetime) -> None:
    point = make_point().id
    made = schema({"flow": {"max": 10, "margin": 1}}, now=now)
    for minute, value, expected in [
        (0, 10, []),
        (1, 10.1, [("above_max", "flow")]),
        (2, 9.5, [("above_max", "flow")]),
        (30, 9.2, [("above_max", "flow")]),
        (31, 9, [("above_max", "flow")]),
        (45, 8, []),
        (46, 9.5, []),
    ]:
        says(point, "flow", value, now + minute * MINUTE)
        check_alerts(now + minute * MINUTE)
        assert alive() == expected, (minute, value)
    alert = Alert.objects.get()
    assert alert.says == "«flow» está en 10.1, sobre el máximo de 10 del esquema «Umbrales»."
    (rule,) = alert.evidence["rules"]
    assert (rule["value"], rule["limit"], rule["schema"]) == (10.1, 10, str(made.id))
    assert rule["version"] == "2026-01-02T12:00:00Z"


def test_what_the_tests_refuse_and_what_is_missing(make_point: Make, says: Make, now: datetime) -> None:
    point = make_point().id
    schema({"flow": {"max": 10}, "level": {"required": True}}, now=now)
    says(point, "flow", 99, now, 4)
    check_alerts(now)
    check_alerts(now + 15 * MINUTE)
    assert alive() == [("required", "level")]


def test_rules_are_in_our_units_whatever_is_shown(make_point: Make, says: Make, now: datetime) -> None:
    """36 m³/h are 10 L/s."""
    schema({"flow": {"max": 9.5}}, now=now, display_config={"flow": {"unit": "m3/h", "label": "Caudal"}})
    says(make_point().id, "flow", 10.0, now)
    check_alerts(now)
    assert one("above_max").says.startswith("«Caudal» está en 10, sobre el máximo de 9.5")


def test_two_schemas_that_break_by_one_thing_are_one_alert(make_point: Make, says: Make, now: datetime) -> None:
    schema({"flow": {"max": 5}}, now=now)
    schema({"flow": {"max": 7}}, now=now, name="Umbrales del dueño")
    says(make_point().id, "flow", 8, now)
    check_alerts(now)
    assert [rule["limit"] for rule in one("above_max").evidence["rules"]] == [5, 7]


def test_a_schema_watches_the_points_it_names(make_point: Make, says: Make, now: datetime) -> None:
    watched, other = make_point("A").id, make_point("B").id
    schema({"flow": {"max": 5}}, now=now, processing_config={"points": [str(watched)]})
    for point in (watched, other):
        says(point, "flow", 8, now)
    check_alerts(now)
    assert one("above_max").point_id == watched


def test_of_periods_the_last_that_is_over(make_point: Make, says: Make, now: datetime) -> None:
    point = make_point().id
    schema({"flow": {"max": 5}}, now=now, processing_config={"interval": "hour"})
    says(point, "flow", 4, now - 90 * MINUTE)
    says(point, "flow", 8, now + 30 * MINUTE)
    check_alerts(now + 31 * MINUTE)
    assert alive() == []
    check_alerts(now + HOUR)
    assert alive() == [("above_max", "flow")]
    assert one("above_max").since == now


# --- detectors and meters


@pytest.fixture
def slipped(make_point: Make, now: datetime) -> Point:
    """Twelve days of a pump whose flow comes in m³/h and is read as L/s, and a counter that knows better."""
    point: Point = make_point()
    config = {"pulse_constants": {"total": {"pulses_per_liter": 1}}, "pipe_diameter": 0.3}
    PointConfig.objects.create(point=point, version=4, valid_from=None, config=config)
    source = uuid.uuid4()
    map_series(source_id=source, point_id=point.id, variables={"flow": "flow", "total": "total"}, origin="test")
    answer, rows = uuid.uuid4(), []
    for hour in range(12 * 24 + 1):
        at = now - 12 * DAY + hour * HOUR
        rows += [
            Incoming(source, "flow", at, "36", "", answer),
            Incoming(source, "total", at, str(1_000_000 + 36_000 * hour), "", answer),
        ]
    make_raw_partitions(device_times=[row.device_time for row in rows], received_at=now)
    store(rows=rows, answers={answer: Answer(source, b"{}")}, received_at=now)
    return point


def test_what_the_detectors_find_is_raised_with_its_numbers(slipped: Point, now: datetime) -> None:
    check_alerts(now)
    alert = one("unit_slip")
    assert (alert.point_id, alert.variable) == (slipped.id, "flow")
    assert alert.evidence["seen"] == pytest.approx(3.6)
    assert (alert.evidence["expected"], alert.evidence["config_version"]) == (1.0, 4)
    assert alert.evidence["window"] == {"from": "2025-12-19T12:00:00Z", "to": "2026-01-02T12:00:00Z"}
    assert alert.says.startswith("El caudal parece venir en m³/h")


def test_a_point_is_searched_four_times_a_day(slipped: Point, now: datetime) -> None:
    check_alerts(now)
    Alert.objects.all().delete()
    check_alerts(now + 5 * HOUR)
    assert alive("unit_slip") == []
    check_alerts(now + 6 * HOUR)
    assert alive("unit_slip") == [("unit_slip", "flow")]
    assert FaultLook.objects.get(point_id=slipped.id).looked_at == now + 6 * HOUR


def test_a_finding_is_over_three_days_after_it_was_last_seen(slipped: Point, now: datetime) -> None:
    check_alerts(now)
    check_alerts(now + 71 * HOUR)
    assert ("unit_slip", "flow") in alive()
    check_alerts(now + 80 * HOUR)
    assert ("unit_slip", "flow") not in alive()


def test_a_confirmed_fault_stays_as_long_as_the_configuration_says(slipped: Point, now: datetime) -> None:
    config = PointConfig.objects.get(point=slipped).config
    said = config | {"faults": {"flow": "unit_slip"}}
    PointConfig.objects.create(point=slipped, version=5, valid_from=now - 12 * DAY, config=said)
    check_alerts(now + 30 * DAY)
    alert = one("unit_slip")
    assert alert.evidence == {"config_version": 5, "confirmed": True}
    PointConfig.objects.create(point=slipped, version=6, valid_from=now + 31 * DAY, config=config)
    check_alerts(now + 32 * DAY)
    assert alive("unit_slip") == []


def test_a_fault_by_a_name_that_no_detector_has_raises_nothing(slipped: Point, now: datetime) -> None:
    """As a configuration from before Core checked the names may say."""
    config = PointConfig.objects.get(point=slipped).config | {"faults": {"flow": "rota", "level": "LEVEL_MAX_RESET"}}
    PointConfig.objects.create(point=slipped, version=5, valid_from=now - 12 * DAY, config=config)
    check_alerts(now + 30 * DAY)
    confirmed = [(row.kind, row.variable) for row in Alert.objects.all() if row.evidence.get("confirmed")]
    assert confirmed == [("LEVEL_MAX_RESET", "level")]


def test_a_point_that_cannot_be_searched_does_not_keep_the_others(
    slipped: Point, make_point: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.alerts import looks

    found, broken = looks.findings, make_point("ROTO").id
    map_series(source_id=uuid.uuid4(), point_id=broken, variables={"flow": "flow"}, origin="broken")

    def sometimes(*, point_id: UUID, **window: Any) -> Any:
        if point_id == broken:
            raise RuntimeError("no se puede leer")
        return found(point_id=point_id, **window)

    monkeypatch.setattr(looks, "findings", sometimes)
    for minute in range(2):
        try:
            check_alerts(now + minute * MINUTE)
        except RuntimeError:
            continue
    assert alive("unit_slip") == [("unit_slip", "flow")]


def test_of_a_point_that_is_no_more_everything_is_over(slipped: Point, now: datetime) -> None:
    said = {"point_id": slipped.id, "status": "proposed", "origin": "detected", "created_at": now}
    Meter.objects.create(**said, installed_at=now, opening_reading=12)
    check_alerts(now)
    assert alive("unit_slip", "meter_proposed") == [("meter_proposed", "total"), ("unit_slip", "flow")]
    Point.objects.filter(id=slipped.id).update(deleted=True)
    check_alerts(now + MINUTE)
    assert alive() == []


def test_a_meter_that_waits_for_somebody(make_point: Make, now: datetime) -> None:
    said = {"point_id": make_point().id, "status": "proposed", "origin": "detected", "created_at": now}
    meter = Meter.objects.create(**said, installed_at=now, previous_reading=50_000, opening_reading=12)
    check_alerts(now)
    alert = one("meter_proposed")
    assert "desde el 02-01-2026 09:00 (antes 50000)" in alert.says
    assert alert.evidence["meter"] == meter.id
    Meter.objects.update(status="confirmed", decided_by="user:a@b.cl", decided_at=now)
    check_alerts(now + MINUTE)
    assert alive() == []


# --- the look itself


def test_a_look_costs_the_same_however_many_devices_there_are(
    make_source: Make, send: Make, check: Make, now: datetime
) -> None:
    first = make_source(params={"token": "t0"}, variables={"caudal": "flow"}, cadence_s=3600)
    schema({"flow": {"max": 5}}, now=now)

    def queries() -> int:
        check_alerts(now)  # searches what is due
        check_alerts(now + MINUTE)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            check_alerts(now + 2 * MINUTE)
        return len(seen)

    few = queries()
    for n in range(1, 6):
        make_source(provider=first.provider, params={"token": f"t{n}"}, variables={"caudal": "flow"}, cadence_s=3600)
    check(now)
    assert queries() == few
    assert POINTS_A_LOOK >= 6


def test_beat_and_sweep_do_the_same(source: Any, send: Make, check: Make, now: datetime) -> None:
    assert {"telemetry.check_alerts", "telemetry.send_alert_mail"} <= set(pipeline.app.tasks)
    steps = {step.name: step for step in pipeline.SWEEP}
    send(source, {"caudal": 1, "nivel": 2})
    check(now + 25 * HOUR)
    assert steps["alerts"].run(now + 25 * HOUR) == 1
    assert steps["alerts"].run(now + 25 * HOUR) == 0
