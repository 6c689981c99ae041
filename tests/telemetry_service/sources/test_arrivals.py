"""What is pushed moves its source on when somebody looks at what arrived."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from telemetry_service.raw.arrivals import Arrived
from telemetry_service.raw.lots import micros
from telemetry_service.sources.arrivals import note_newest
from tests.telemetry_service.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_source_is_as_far_as_its_newest_reading(make_source: Callable[..., Any]) -> None:
    one = make_source()
    other = make_source(provider=one.provider, params={"token": "otro"})

    def arrive(*ends: timedelta) -> None:
        entries = [
            Arrived(one.id, key, 0, micros(NOW + end), 1, None, NOW) for key, end in zip("ab", ends, strict=True)
        ]
        note_newest(entries, now=NOW)
        one.refresh_from_db()

    arrive(-HOUR, -2 * HOUR)
    assert one.newest_at == NOW - HOUR
    arrive(-3 * HOUR, -2 * HOUR)
    assert one.newest_at == NOW - HOUR
    arrive(-3 * HOUR, HOUR)
    assert one.newest_at == NOW + HOUR
    other.refresh_from_db()
    assert other.newest_at is None
    note_newest([], now=NOW)
