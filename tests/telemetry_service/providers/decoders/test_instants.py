"""A time is read in whichever usual way it is written; what is no time is never taken for silence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.providers.decoders.instants import read_instant
from telemetry_service.providers.engine.jsonpath import MISSING, Number

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHILE = ZoneInfo("America/Santiago")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (Number("1767225600"), AT),
        (Number("1767225600000"), AT),
        (Number("1767225600000000"), AT),
        (Number("1767225600.25"), AT + timedelta(milliseconds=250)),
        ("1767225600", AT),
        ("2026-01-01T00:00:00Z", AT),
        ("2026-01-01T00:00:00.123456789Z", AT + timedelta(microseconds=123456)),
        ("2025-12-31T21:00:00-03:00", AT),
        ("20260101000000", AT),
        (Number("20260101000000"), AT),
    ],
)
def test_the_usual_ways_to_write_a_time(said: object, at: datetime) -> None:
    assert read_instant(said) == at


@pytest.mark.parametrize("said", [None, MISSING, ""])
def test_nothing_said_is_none(said: object) -> None:
    assert read_instant(said) is None


@pytest.mark.parametrize(
    "said", ["ayer", True, {}, [], Number("-1"), Number("1" * 18), Number("1e9"), "2026-13-01", "0x1"]
)
def test_what_is_no_time_is_an_error(said: object) -> None:
    with pytest.raises(ValueError, match="hora"):
        read_instant(said)


def test_a_time_without_a_zone_is_of_the_given_one() -> None:
    assert read_instant("2026-01-01T00:00:00", CHILE) == AT + timedelta(hours=3)
    assert read_instant("2026-01-01T00:00:00Z", CHILE) == AT


@given(st.datetimes(min_value=datetime(1973, 3, 4), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 hypothesis wants them naive
def test_every_magnitude_means_the_same_instant(naive: datetime) -> None:
    at = naive.replace(microsecond=0, tzinfo=UTC)
    seconds = int(at.timestamp())
    said = [seconds, seconds * 1000, seconds * 1_000_000]
    assert {read_instant(Number(one)) for one in said} == {at}
