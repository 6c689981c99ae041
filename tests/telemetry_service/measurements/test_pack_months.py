"""`pack_months` puts months of measurements that are over in the order in which they are read."""

from datetime import UTC, date, datetime
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from shared import clock
from shared.testing import api_client, user_token
from telemetry_service.measurements.packing import pack_at_night

POINTS = [UUID(int=2), UUID(int=1)]


def packed(**options: Any) -> list[str]:
    out = StringIO()
    call_command("pack_months", stdout=out, **options)
    return out.getvalue().split()


@pytest.mark.django_db(transaction=True)
def test_what_is_read_is_the_same(measured: Any) -> None:
    for point in POINTS:
        with transaction.atomic():
            measured(point, "flow", [float(n) for n in range(200)])
    asked = {"points": ",".join(map(str, POINTS)), "limit": "1000"}
    before = api_client(user_token()).get("/api/telemetry/data/", asked).json()
    assert len(before["results"]) == 400
    names = packed(before="2024-04")
    assert {"measurement_y2024m03", "measurement_hourly_y2024m03"} <= set(names)
    assert not [name for name in names if name.endswith("y2024m04")]
    assert api_client(user_token()).get("/api/telemetry/data/", asked).json() == before
    assert packed(before="2024-04") == ["0", "meses", "ordenados"]


@pytest.mark.django_db(transaction=True)
def test_a_month_settles_before_it_is_packed(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        measured(POINTS[0], "flow", [1.0])
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 4, 9, tzinfo=UTC))
    assert "measurement_y2024m03" not in packed()
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 4, 11, tzinfo=UTC))
    assert "measurement_y2024m03" in packed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(time) FROM measurement")
        assert cursor.fetchone()[0].date() == date(2024, 3, 25)


@pytest.mark.django_db(transaction=True)
def test_it_is_done_by_night(measured: Any) -> None:
    with transaction.atomic():
        measured(POINTS[0], "flow", [1.0])
    noon, night = datetime(2024, 4, 15, 16, tzinfo=UTC), datetime(2024, 4, 15, 7, tzinfo=UTC)  # 03:00 in Chile
    assert pack_at_night(noon) == 0
    assert pack_at_night(night) >= 1
    assert pack_at_night(night) == 0
