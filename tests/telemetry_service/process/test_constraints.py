"""Each named constraint refuses what it names."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.process.models import Meter, MeterChange, MeterMove

pytestmark = pytest.mark.django_db
AT = datetime(2024, 3, 25, 17, tzinfo=UTC)
SAID = {
    "point_id": UUID(int=7),
    "installed_at": AT,
    "status": "proposed",
    "origin": "detected",
    "created_at": AT,
}


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"removed_at": AT}, "meter_removed_after_installed"),
        ({"litres_per_pulse": 0}, "meter_pulse_positive"),
        ({"calibration": -1}, "meter_calibration_positive"),
        ({"digits": 0}, "meter_digits_possible"),
        ({"status": "perhaps"}, "meter_status_known"),
        ({"origin": "heaven"}, "meter_origin_known"),
        ({"decided_by": "user:ana"}, "meter_decided_by_and_at"),
        ({"status": "rejected"}, "meter_rejected_by_a_person"),
    ],
)
def test_a_meter_that_cannot_be(wrong: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Meter.objects.create(**SAID | wrong)


def test_one_meter_a_point_and_time() -> None:
    Meter.objects.create(**SAID)
    Meter.objects.create(**SAID | {"installed_at": AT + timedelta(hours=1)})
    with pytest.raises(IntegrityError, match="meter_once_at_a_time"), transaction.atomic():
        Meter.objects.create(**SAID)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [({"after": "proposed"}, "meter_move_moves"), ({"moved_by": ""}, "meter_move_by_somebody")],
)
def test_a_move_that_cannot_be(wrong: dict[str, Any], constraint: str) -> None:
    move = {"before": "proposed", "after": "confirmed", "moved_by": "user:ana", "moved_at": AT}
    meter = Meter.objects.create(**SAID)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        MeterMove.objects.create(meter=meter, **move | wrong)


def test_a_change_is_somebodys() -> None:
    meter = Meter.objects.create(**SAID)
    with pytest.raises(IntegrityError, match="meter_change_by_somebody"), transaction.atomic():
        MeterChange.objects.create(meter=meter, before={}, after={}, changed_by="", changed_at=AT)
