"""What each mode does with what is known, newer or older: the table of docs/imports.md."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from telemetry_service.imports.modes import Mode, Said, Verdict, is_same, judge
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import DEVICE, at, rows_of

HOUR = timedelta(hours=1)
OLDER, NEWEST, NEWER = NOW - HOUR, NOW, NOW + HOUR
NOTHING: list[Said] = []
SAME, OTHER = [Said("5.0", "")], [Said("6", "")]


@pytest.mark.parametrize(
    ("mode", "known", "when", "newest", "verdict"),
    [
        (Mode.INSERT, NOTHING, OLDER, NEWEST, Verdict.STORED),
        (Mode.INSERT, NOTHING, NEWER, NEWEST, Verdict.STORED),
        (Mode.INSERT, NOTHING, NEWER, None, Verdict.STORED),
        (Mode.INSERT, SAME, OLDER, NEWEST, Verdict.DUPLICATE),
        (Mode.INSERT, OTHER, OLDER, NEWEST, Verdict.CONFLICT),
        (Mode.APPEND, NOTHING, OLDER, NEWEST, Verdict.LATE),
        (Mode.APPEND, NOTHING, NEWER, NEWEST, Verdict.STORED),
        (Mode.APPEND, NOTHING, OLDER, None, Verdict.STORED),
        (Mode.APPEND, SAME, OLDER, NEWEST, Verdict.DUPLICATE),
        (Mode.APPEND, SAME, NEWEST, NEWEST, Verdict.DUPLICATE),
        (Mode.APPEND, OTHER, NEWEST, NEWEST, Verdict.CONFLICT),
        (Mode.BACKFILL, NOTHING, OLDER, NEWEST, Verdict.STORED),
        (Mode.BACKFILL, NOTHING, NEWER, NEWEST, Verdict.REJECTED),
        (Mode.BACKFILL, NOTHING, OLDER, None, Verdict.REJECTED),
        (Mode.BACKFILL, SAME, OLDER, NEWEST, Verdict.DUPLICATE),
        (Mode.BACKFILL, OTHER, OLDER, NEWEST, Verdict.CONFLICT),
        (Mode.REPLACE, NOTHING, OLDER, None, Verdict.STORED),
        (Mode.REPLACE, SAME, OLDER, None, Verdict.DUPLICATE),
        (Mode.REPLACE, OTHER, OLDER, None, Verdict.CONFLICT),
    ],
)
def test_the_table(mode: Mode, known: list[Said], when: datetime, newest: datetime | None, verdict: Verdict) -> None:
    judged = judge(Said("5", ""), variable="level", at=when, mode=mode, known=known, newest=newest)
    assert judged.verdict is verdict
    assert bool(judged.reason) is (verdict is not Verdict.STORED)


def test_of_several_known_values_one_that_agrees_is_enough() -> None:
    known = [Said("6", ""), Said("500", "cm")]
    judged = judge(Said("5", ""), variable="level", at=NOW, mode=Mode.INSERT, known=known, newest=None)
    assert judged.verdict is Verdict.DUPLICATE


@pytest.mark.parametrize(
    ("one", "other", "variable", "same"),
    [
        (Said("3.6", "m3/h"), Said("1", "l/s"), "flow", True),
        (Said("1", "m3/h"), Said("0.2777777777777777777777777778", "l/s"), "flow", False),
        (Said("1.10", ""), Said("1.1", "m"), "level", True),
        (Said("n/a", ""), Said("n/a", ""), "level", True),
        (Said("n/a", ""), Said("1", ""), "level", False),
        (Said("1", "pies"), Said("1", "pies"), "level", True),
        (Said("1", "pies"), Said("1", ""), "level", False),
    ],
)
def test_values_are_compared_as_what_they_mean(one: Said, other: Said, variable: str, same: bool) -> None:
    assert is_same(one, other, variable) is is_same(other, one, variable) is same


Load, Arrive, Levels, Turn = Callable[..., Any], Callable[..., None], Callable[[], Any], Callable[..., Any]


@pytest.mark.django_db
class TestFromAFileToMeasurements:
    def test_insert_fills_the_holes_and_changes_nothing(self, load: Load, arrive: Arrive, levels: Levels) -> None:
        arrive({-5: 30, -4: 31, -2: 33})
        done = load(rows_of({-5: "30.0", -4: 99, -3: 32, -1: 34}))
        assert done["counts"] == {"stored": 2, "duplicate": 1, "conflict": 1}
        assert levels() == {-5: 30, -4: 31, -3: 32, -2: 33, -1: 34}

    def test_append_takes_what_is_newer(self, load: Load, arrive: Arrive, levels: Levels) -> None:
        arrive({-5: 30, -3: 32})
        done = load(rows_of({-1: 34, -4: 31, -3: 32, -2: 33}), "append")
        assert done["counts"] == {"stored": 2, "late": 1, "duplicate": 1}
        assert levels() == {-5: 30, -3: 32, -2: 33, -1: 34}

    def test_backfill_takes_what_is_older(self, load: Load, arrive: Arrive, levels: Levels) -> None:
        arrive({-3: 32})
        done = load(rows_of({-1: 34, -5: 30, -3: 33, -4: 31}), "backfill")
        assert done["counts"] == {"stored": 2, "rejected": 1, "conflict": 1}
        assert levels() == {-5: 30, -4: 31, -3: 32}

    def test_replace_speaks_for_its_whole_span_and_undone_leaves_no_trace(
        self, load: Load, arrive: Arrive, levels: Levels, table: Levels, turn: Turn
    ) -> None:
        arrive({-5: 30, -4: 31, -3: 32, -2: 33, -1: 34})
        before = table()
        done = load(rows_of({-4: 90, -2: 91}), "replace", note="sensor descolgado")
        assert done["counts"] == {"stored": 2}
        assert levels() == {-5: 30, -4: 90, -2: 91, -1: 34}
        replaced = table()
        assert turn("undo", done["id"]).json()["state"] == "undone"
        assert table() == before
        assert turn("redo", done["id"]).json()["state"] == "done"
        assert table() == replaced

    def test_what_the_device_says_later_stays_silent_in_a_replaced_span(
        self, load: Load, arrive: Arrive, levels: Levels
    ) -> None:
        arrive({-5: 30})
        load(rows_of({-4: 90, -2: 91}), "replace", note="sensor descolgado")
        arrive({-3: 32, -2: 33, -1: 34})
        assert levels() == {-5: 30, -4: 90, -2: 91, -1: 34}

    def test_the_last_replacement_speaks_and_undone_gives_way_to_the_one_before(
        self, load: Load, arrive: Arrive, levels: Levels, turn: Turn
    ) -> None:
        arrive({-4: 30, -3: 31, -2: 32})
        first = load(rows_of({-4: 90, -2: 90}), "replace", note="uno")
        second = load(rows_of({-3: 80, -2: 80}), "replace", note="dos")
        assert levels() == {-4: 90, -3: 80, -2: 80}
        turn("undo", first["id"])
        assert levels() == {-4: 30, -3: 80, -2: 80}
        third = load(rows_of({-2: 70}), "replace", note="tres")
        turn("redo", first["id"])
        assert levels() == {-4: 90, -3: 80, -2: 70}
        turn("undo", second["id"])
        assert levels() == {-4: 90, -2: 70}
        turn("undo", third["id"])
        assert levels() == {-4: 90, -2: 90}

    def test_a_fallback_stays_silent_beside_what_was_brought(self, load: Load, arrive: Arrive, levels: Levels) -> None:
        arrive({-5: 30})
        arrive({-3.5: 1, -2.5: 2, -1.5: 3}, source=DEVICE.__class__(int=8), rank=101)
        done = load(rows_of({-3: 32}))
        assert levels() == {-5: 30, -3: 32, -1.5: 3}
        assert done["report"]["series"][0]["effect"]["silenced"] == 2
        assert "Callarían 2 lecturas" in done["report"]["warnings"][0]

    def test_an_insert_into_a_replaced_span_is_kept_and_says_that_it_is_not_heard(
        self, load: Load, arrive: Arrive, levels: Levels, turn: Turn
    ) -> None:
        arrive({-5: 30})
        replaced = load(rows_of({-4: 90, -2: 91}), "replace", note="sensor descolgado")
        done = load(rows_of({-3: 32, -1: 34}))
        assert done["counts"] == {"stored": 2}
        assert done["report"]["series"][0]["effect"]["unheard"] == 1
        assert "1 lecturas se guardarían sin que valgan" in done["report"]["warnings"][0]
        assert levels() == {-5: 30, -4: 90, -2: 91, -1: 34}
        turn("undo", replaced["id"])
        assert levels() == {-5: 30, -3: 32, -1: 34}

    def test_another_unit_for_the_same_value_is_the_same_reading(self, load: Load, arrive: Arrive) -> None:
        arrive({-3: 3200}, unit="cm")
        assert load(rows_of({-3: 32}))["counts"] == {"duplicate": 1}

    def test_two_lines_of_one_time_are_one_reading(self, load: Load, levels: Levels, point: Any) -> None:
        done = load([*rows_of({-3: 32}), *rows_of({-3: "32.0"})[1:], *rows_of({-3: 33})[1:]])
        assert done["counts"] == {"stored": 1, "duplicate": 1, "conflict": 1}
        assert levels() == {-3: 32}


def test_hours_of_the_tests_are_counted_from_noon() -> None:
    assert at(-1) == NOW - HOUR
