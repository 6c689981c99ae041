"""Each named constraint refuses what it names."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from telemetry_service.measurements.models import Variable
from telemetry_service.measurements.store import make_partitions, make_partitions_ahead

pytestmark = pytest.mark.django_db
AT = datetime(2024, 3, 25, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "quality", "constraint"),
    [
        (1.0, 5, "measurement_quality_known"),
        (float("nan"), 1, "measurement_value_finite"),
        (float("inf"), 3, "measurement_value_finite"),
        (None, 1, "measurement_good_has_value"),
    ],
)
def test_a_measurement_that_cannot_be(value: float | None, quality: int, constraint: str) -> None:
    make_partitions([AT])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, known_since) "
            "VALUES (%s, 'flow', %s, %s, %s, 0, %s, %s)",
            [uuid4(), AT, value, quality, uuid4(), AT],
        )


def test_one_measurement_a_point_variable_and_time(measured: Callable[..., int]) -> None:
    point = uuid4()
    assert [measured(point, "flow", [1]), measured(point, "flow", [1])] == [1, 0]


@pytest.mark.parametrize(
    ("said", "constraint"),
    [
        ({"code": ""}, "variable_code_said"),
        ({"code": "x", "lowest": 2, "highest": 1}, "variable_limits_in_order"),
    ],
)
def test_a_variable_that_cannot_be(said: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Variable.objects.create(name="x", unit="", **said)


PAST = "point_id, variable, time, quality, reasons, source_id, known_since, known_until"
FIGURES = "point_id, variable, count, good, area, weighed_s"


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        (
            "measurement_hourly_good_are_of_all",
            f"INSERT INTO measurement_hourly (hour, {FIGURES}) VALUES (%(at)s, %(id)s, 'flow', 1, 2, 0, 0)",
        ),
        (
            "measurement_daily_good_are_of_all",
            f"INSERT INTO measurement_daily (zone, day, {FIGURES}) VALUES ('utc', %(at)s, %(id)s, 'flow', 0, 0, 0, 0)",
        ),
        (
            "measurement_daily_zone_known",
            f"INSERT INTO measurement_daily (zone, day, {FIGURES}) VALUES ('lima', %(at)s, %(id)s, 'flow', 1, 1, 0, 0)",
        ),
        (
            "measurement_past_was_known_a_while",
            f"INSERT INTO measurement_past ({PAST}) VALUES (%(id)s, 'flow', %(at)s, 1, 0, %(id)s, %(at)s, %(at)s)",
        ),
    ],
)
def test_what_follows_the_measurements_cannot_be_wrong_either(constraint: str, statement: str) -> None:
    make_partitions([AT])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"at": AT, "id": uuid4()})


def test_partitions_are_made_ahead_once() -> None:
    assert make_partitions_ahead(now=AT) == 6
    assert make_partitions_ahead(now=AT) == 0


def test_every_code_that_can_be_collected_has_a_unit() -> None:
    from telemetry_service.raw.variables import VariableCode

    assert set(Variable.objects.values_list("code", flat=True)) == {code.value for code in VariableCode}
