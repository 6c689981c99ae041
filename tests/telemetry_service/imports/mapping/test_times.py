"""A time is an instant, or it is refused: what a clock said twice or never is not guessed."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.imports.files.cells import CellProblem, Formula
from telemetry_service.imports.mapping.formats import parser_of
from telemetry_service.imports.mapping.times import TimeReader
from telemetry_service.imports.mapping.zones import to_utc, zone_of

SANTIAGO = zone_of("America/Santiago")
NOON = datetime(2024, 3, 25, 15, tzinfo=UTC)


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[misc,arg-type]  # noqa: DTZ001 a wall's clock


@pytest.mark.parametrize(
    ("text", "formats", "at"),
    [
        ("2024-03-25T15:00:00Z", [], NOON),
        ("2024-03-25T12:00:00-03:00", [], NOON),
        ("2024-03-25 12:00:00.000", [], NOON),
        ("25-03-2024 12:00", [], NOON),
        ("25/03/2024 12:00:00", [], NOON),
        ("25/3/2024 12:00", [], NOON),
        ("25/03/2024T12:00", [], NOON),
        ("2024/03/25 12:00", [], NOON),
        ("03/25/2024 12:00", ["%m/%d/%Y %H:%M"], NOON),
        ("25-03-24 12:00", ["%d-%m-%y %H:%M"], NOON),
        ("25-mar-2024 12:00", ["%d-%b-%Y %H:%M"], NOON),
        ("01-ENE-2024 00:00", ["%d-%b-%Y %H:%M"], datetime(2024, 1, 1, 3, tzinfo=UTC)),
        ("01-sept-2024 12:00", ["%d-%b-%Y %H:%M"], datetime(2024, 9, 1, 16, tzinfo=UTC)),
        ("25-03-2024 12:00:00 p. m.", ["%d-%m-%Y %I:%M:%S %p"], NOON),
        ("25-03-2024 12:30 AM", ["%d-%m-%Y %I:%M %p"], datetime(2024, 3, 25, 3, 30, tzinfo=UTC)),
        ("25-03-2024", ["%d-%m-%Y"], datetime(2024, 3, 25, 3, tzinfo=UTC)),
        ("25-03-2024 12:00:00.250", ["%d-%m-%Y %H:%M:%S.%f"], NOON.replace(microsecond=250_000)),
        ("45376.5", ["excel"], NOON),
        ("45376,5", ["excel"], NOON),
        ("1711378800", ["epoch_s"], NOON),
        ("1711378800000", ["epoch_ms"], NOON),
        (local(2024, 3, 25, 12), [], NOON),
        (local(2024, 3, 25, 11, 59, 59, 999_000), [], NOON),
        (45376.5, ["excel"], NOON),
        (1711378800000, ["epoch_ms"], NOON),
    ],
)
def test_a_time_in_the_forms_of_the_field(text: Any, formats: list[str], at: datetime) -> None:
    assert TimeReader(formats=formats, zone=SANTIAGO).read(text) == at


@pytest.mark.parametrize(
    ("cell", "formats", "said"),
    [
        ("03/25/2024 12:00", [], "no se reconoce"),
        ("25-03-2024", [], "no se reconoce"),
        ("2024-03-25", [], "no se reconoce"),
        ("31-02-2024 12:00", [], "no se reconoce"),
        ("25-03-2024 24:00", [], "no se reconoce"),
        ("25-03-2024 13:00 PM", ["%d-%m-%Y %I:%M %p"], "no se reconoce"),
        ("25-xyz-2024 12:00", ["%d-%b-%Y %H:%M"], "no se reconoce"),
        ("\u0662\u0665-03-2024 12:00", [], "no se reconoce"),
        ("45376.5", [], "no se reconoce"),
        ("1500", ["excel"], "no se reconoce"),
        (45376.5, [], "es un número"),
        (True, [], "no es una fecha"),
        (time(12), [], "no es una fecha"),
        (None, [], "falta la fecha"),
        ("  ", [], "falta la fecha"),
        (Formula("=NOW()"), [], "fórmula"),
        ("0001-01-01T00:00:00+14:00", [], "fuera del calendario"),
        ("9999-12-31 23:59", [], "fuera del calendario"),
    ],
)
def test_what_is_no_time_says_why(cell: Any, formats: list[str], said: str) -> None:
    with pytest.raises(CellProblem, match=said) as caught:
        TimeReader(formats=formats, zone=SANTIAGO).read(cell)
    assert caught.value.expected


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_in_april_an_hour_is_there_twice_and_neither_is_taken(minute: int) -> None:
    reader = TimeReader(zone=SANTIAGO)
    with pytest.raises(CellProblem, match="ocurrió dos veces"):
        reader.read(f"06-04-2024 23:{minute:02}")
    assert reader.read("06-04-2024 22:59") == datetime(2024, 4, 7, 1, 59, tzinfo=UTC)
    assert reader.read("07-04-2024 00:00") == datetime(2024, 4, 7, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_in_september_an_hour_is_missing(minute: int) -> None:
    reader = TimeReader(zone=SANTIAGO)
    with pytest.raises(CellProblem, match="no existió"):
        reader.read(f"08-09-2024 00:{minute:02}")
    assert reader.read("07-09-2024 23:59") == datetime(2024, 9, 8, 3, 59, tzinfo=UTC)
    assert reader.read("08-09-2024 01:00") == datetime(2024, 9, 8, 4, 0, tzinfo=UTC)


def test_a_clock_that_never_changes_has_both_nights() -> None:
    reader = TimeReader(zone=zone_of("UTC-4"))
    assert reader.read("06-04-2024 23:30") == datetime(2024, 4, 7, 3, 30, tzinfo=UTC)
    assert reader.read("08-09-2024 00:30") == datetime(2024, 9, 8, 4, 30, tzinfo=UTC)


def test_an_offset_in_the_text_needs_no_zone() -> None:
    assert TimeReader(zone=SANTIAGO).read("2024-04-06T23:30:00-04:00") == datetime(2024, 4, 7, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "formats"),
    [
        ("25-03-2024", "12:00", ()),
        ("25/03/2024", "12:00:00", ()),
        ("25-03-2024", "12:00 p. m.", ("%d-%m-%Y %I:%M %p",)),
        (local(2024, 3, 25), "12:00", ()),
        (local(2024, 3, 25), time(12), ()),
        (local(2024, 3, 25), 0.5, ()),
        (local(2024, 3, 25), timedelta(hours=12), ()),
        (local(2024, 3, 25), time(11, 59, 59, 999_000), ()),
        (local(2024, 3, 25), local(1899, 12, 30, 12), ()),
        (45376, time(12), ()),
        ("25-03-2024", time(12), ()),
    ],
)
def test_a_day_and_an_hour_of_two_columns(day: Any, clock: Any, formats: tuple[str, ...]) -> None:
    assert TimeReader(formats=formats, zone=SANTIAGO).read(day, clock, has_clock=True) == NOON


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        ("25-03-2024", None, "falta la fecha o la hora"),
        (None, "12:00", "falta la fecha o la hora"),
        ("25-03-2024", "mediodía", "no se reconoce la fecha"),
        (local(2024, 3, 25), "mediodía", "no se reconoce la hora"),
        (local(2024, 3, 25), timedelta(hours=24), "no se reconoce la hora"),
        (local(2024, 3, 25), 12, "no se reconoce la hora"),
        (local(2024, 3, 25), True, "no se reconoce la hora"),
        (time(12), "12:00", "no se reconoce el día"),
        ("25-03-2024", Formula("=A1"), "fórmula"),
    ],
)
def test_a_part_that_is_missing_or_odd(day: Any, clock: Any, said: str) -> None:
    with pytest.raises(CellProblem, match=said):
        TimeReader(zone=SANTIAGO).read(day, clock, has_clock=True)


@pytest.mark.parametrize("form", ["%d-%m %H:%M", "%Q", "%H:%M", "%d-%d-%Y", "%d-%m-%Y %I:%M", "%d-%m-%Y %", "", "%"])
def test_a_form_that_leaves_out_a_part_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=re.escape(form) or "^$"):
        parser_of(form)


@pytest.mark.parametrize("name", ["America/Lima", "UTC-15", "UTC-4:61", "-04:00", "", "utc"])
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(name) or "^$"):
        zone_of(name)


def test_fixed_zones() -> None:
    offsets = [zone_of(name).utcoffset(local(2024, 1, 1)) for name in ("UTC-4", "UTC+5:30", "UTC", "UTC-03:00")]
    assert offsets == [timedelta(hours=-4), timedelta(hours=5.5), timedelta(0), timedelta(hours=-3)]


@given(st.datetimes(local(2000, 1, 1), local(2030, 1, 1)))
def test_an_hour_that_was_once_comes_back(at: datetime) -> None:
    try:
        instant = to_utc(at, SANTIAGO)
    except CellProblem:
        assert at.month in (3, 4, 5, 8, 9, 10)
    else:
        assert instant.astimezone(SANTIAGO).replace(tzinfo=None) == at
