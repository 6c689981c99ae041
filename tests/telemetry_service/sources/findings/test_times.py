from datetime import timedelta

import pytest

from telemetry_service.sources.findings.times import in_future, shifted, stale, without_zone
from tests.telemetry_service.sources.findings.conftest import HOUR, MINUTE, NOW, evidence, readings, said

FLOW = {"caudal": "flow"}
KEY = "variables.0.key"


def aged(age: timedelta, **more: timedelta) -> object:
    return evidence(FLOW, readings("caudal", [1, 2, 3], last=NOW - age), **more)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (timedelta(0), []),
        (5 * MINUTE, []),
        (6 * MINUTE, [("time_in_future", "warning", KEY)]),
        (24 * HOUR, [("time_in_future", "warning", KEY)]),
        (25 * HOUR, [("time_impossible", "blocking", KEY)]),
        (timedelta(days=3650), [("time_impossible", "blocking", KEY)]),
    ],
)
def test_a_clock_that_runs_ahead(ahead: timedelta, expected: list[tuple[str, str, str]]) -> None:
    assert said(in_future(aged(-ahead))) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (HOUR, []),
        (2 * HOUR + 5 * MINUTE, []),
        (2 * HOUR + 6 * MINUTE, [("late", "warning", KEY)]),
        (24 * HOUR, [("late", "warning", KEY)]),
        (25 * HOUR, [("stale", "warning", KEY)]),
        (timedelta(days=400), [("stale", "warning", KEY)]),
    ],
)
def test_what_is_old(age: timedelta, expected: list[tuple[str, str, str]]) -> None:
    assert said(stale(aged(age))) == expected


def test_each_key_has_an_age_of_its_own() -> None:
    both = evidence(
        {"caudal": "flow", "nivel": "level"},
        readings("caudal", [1]),
        readings("nivel", [1], last=NOW - 30 * HOUR),
    )
    (found,) = stale(both)
    assert (found.field, found.problem) == ("variables.1.key", "la última lectura de «nivel» tiene 30 h")


@pytest.mark.parametrize(
    ("age", "suspected"),
    [
        (HOUR, False),
        (3 * HOUR - MINUTE, False),
        (3 * HOUR, True),
        (3 * HOUR + 15 * MINUTE, True),
        (3 * HOUR + 25 * MINUTE, False),
        (4 * HOUR + 5 * MINUTE, True),
        (5 * HOUR, False),
        (-3 * HOUR, True),
        (-3 * HOUR + 10 * MINUTE, True),
        (-4 * HOUR + MINUTE, True),
        (-4 * HOUR - MINUTE, False),
    ],
)
def test_hours_that_are_just_the_zone_of_chile(age: timedelta, suspected: bool) -> None:
    expected = [("time_shifted", "warning", "provider.config.time.assume_tz")] if suspected else []
    assert said(shifted(aged(age))) == expected


def test_nothing_read_is_not_shifted() -> None:
    assert list(shifted(evidence(FLOW))) == []


def test_times_without_a_zone_are_said_by_key() -> None:
    (found,) = without_zone(evidence({"caudal": "flow", "nivel": "level"}, without_zone=frozenset({"nivel"})))
    assert said([found]) == [("time_without_zone", "warning", "provider.config.time.assume_tz")]
    assert "nivel" in found.problem
    assert "caudal" not in found.problem
    assert list(without_zone(evidence(FLOW))) == []
