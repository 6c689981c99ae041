"""Every named constraint of the gaps, refused by the database itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.gaps.models import Completeness, Gap, GapMove, Rhythm, Watch

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def gap(source: Any, now: datetime) -> dict[str, Any]:
    return {
        "source": source,
        "key": "caudal",
        "kind": "hole",
        "from_time": now - HOUR,
        "to_time": now,
        "missing": 1,
        "cadence_s": 60,
        "state": "open",
        "cause": "detected",
        "opened_at": now,
    }


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("gap_kind_known", {"kind": "other"}),
        ("gap_state_known", {"state": "other"}),
        ("gap_cause_known", {"cause": "because"}),
        ("gap_ends_after_it_begins", {"to_time": datetime.fromisoformat("2020-01-01T00:00:00Z")}),
        ("gap_without_end_is_a_silence", {"to_time": None}),
        ("gap_without_end_is_a_silence", {"kind": "silence"}),
        ("gap_counts_are_counts", {"missing": -1}),
        ("gap_counts_are_counts", {"cadence_s": -1}),
        ("gap_counts_are_counts", {"tries": -1}),
        ("gap_asked_by_somebody", {"kind": "asked"}),
        ("gap_next_try_of_a_waiting_one", {"state": "closed", "next_try_at": datetime.fromisoformat("2026-01-01T00Z")}),
        ("gap_searching_says_since", {"state": "searching"}),
    ],
)
def test_gaps(gap: dict[str, Any], name: str, changed: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Gap.objects.create(**gap | changed)


def test_a_gap_begins_once_at_a_reading(gap: dict[str, Any]) -> None:
    Gap.objects.create(**gap)
    Gap.objects.create(**gap | {"kind": "asked", "opened_by": "user:ops@example.cl"})
    Gap.objects.create(**gap | {"state": "filled"})
    with pytest.raises(IntegrityError, match="gap_once_from_a_reading"), transaction.atomic():
        Gap.objects.create(**gap | {"state": "closed"})


@pytest.mark.parametrize(
    ("name", "changed"),
    [("gap_move_moves", {"after": "open"}), ("gap_move_closed_by_somebody", {"after": "closed"})],
)
def test_moves(gap: dict[str, Any], now: datetime, name: str, changed: dict[str, Any]) -> None:
    there = Gap.objects.create(**gap)
    said = {"before": "open", "after": "filled", "cause": "arrived", "moved_at": now}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        GapMove.objects.create(gap=there, **said | changed)


def test_watches(source: Any, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="gap_watch_cadence_some"), transaction.atomic():
        Watch.objects.create(source_id=source.id, key="a", newest_at=now, cadence_s=0)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("rhythm_some_seconds", {"cadence_s": 0}),
        ("rhythm_tolerance_possible", {"tolerance_pct": 100}),
        ("rhythm_said_by_somebody", {"said_by": ""}),
    ],
)
def test_rhythms(source: Any, now: datetime, name: str, changed: dict[str, Any]) -> None:
    said = {"source_id": source.id, "valid_from": now, "cadence_s": 60, "said_by": "source", "said_at": now}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Rhythm.objects.create(**said | changed)
    Rhythm.objects.create(**said)
    with pytest.raises(IntegrityError, match="rhythm_once_from_a_date"), transaction.atomic():
        Rhythm.objects.create(**said)


@pytest.mark.parametrize("changed", [{"received": -1}, {"missing": -1}, {"longest_gap_s": -1}])
def test_completeness(source: Any, now: datetime, changed: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="completeness_counts_are_counts"), transaction.atomic():
        Completeness.objects.create(source_id=source.id, key="a", zone="utc-4", day=now.date(), **changed)
