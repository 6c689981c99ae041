from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from telemetry_service.providers.engine.times import possible, read_duration, read_time

ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "name", "at"),
    [
        ("1767225600000", "epoch_ms", datetime(2026, 1, 1, tzinfo=UTC)),
        ("1767225600123", "epoch_ms", datetime(2026, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)),
        ("1767225600", "epoch_s", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.000Z", "iso8601", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00Z", "iso8601", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2025-12-31T21:00:00-03:00", "iso8601", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.123456789Z", "iso8601", datetime(2026, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
        ("20260101000000", "compact14", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_each_format(text: str, name: str, at: datetime) -> None:
    assert read_time(text, [name], ZONE) == at


def test_a_time_without_a_zone_is_in_the_zone_of_the_row() -> None:
    at = read_time("2026-01-01T00:00:00", ["iso8601"], ZoneInfo("Etc/GMT+4"))
    assert at == datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "ahora", None, 12, True, "9" * 16, "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_time_is_an_error_and_never_now(text: object) -> None:
    with pytest.raises(ValueError, match="no es una hora"):
        read_time(text, ["epoch_ms", "iso8601", "compact14"], ZONE)


def test_bare_digits_are_not_taken_for_an_iso_date() -> None:
    with pytest.raises(ValueError, match="no es una hora"):
        read_time("20260101", ["iso8601"], ZONE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P7D", timedelta(days=7)),
        ("PT2H", timedelta(hours=2)),
        ("P1DT30M", timedelta(days=1, minutes=30)),
        ("P", None),
        ("2h", None),
        ("P1M", None),
    ],
)
def test_durations(text: str, found: timedelta | None) -> None:
    assert read_duration(text) == found


@pytest.mark.parametrize(
    ("at", "is_possible"),
    [
        (NOW, True),
        (NOW + timedelta(hours=23), True),
        (NOW + timedelta(days=2), False),
        (datetime(1999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_a_broken_clock_is_recognised(at: datetime, is_possible: bool) -> None:
    assert possible(at, now=NOW) is is_possible
