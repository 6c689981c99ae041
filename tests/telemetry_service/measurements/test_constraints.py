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


def test_partitions_are_made_ahead_once() -> None:
    assert make_partitions_ahead(now=AT) == 3
    assert make_partitions_ahead(now=AT) == 0


def test_every_code_that_can_be_collected_has_a_unit() -> None:
    from telemetry_service.raw.variables import VariableCode

    assert set(Variable.objects.values_list("code", flat=True)) == {code.value for code in VariableCode}
