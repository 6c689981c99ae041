"""A device that does not speak is late at first; after a while its silence is a gap without an end."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Completeness, Gap
from telemetry_service.gaps.states import GapState, Kind

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]


def lost() -> dict[date, int]:
    rows = Completeness.objects.filter(zone="utc-4", missing__gt=0).order_by("day")
    return dict(rows.values_list("day", "missing"))


def test_it_is_shown_after_six_of_its_rhythms_and_six_hours(source: Any, hourly: Make, now: datetime) -> None:
    hourly()
    look(now + 6 * HOUR)
    assert Gap.objects.count() == 0
    look(now + 6 * HOUR + timedelta(seconds=1))
    gap = Gap.objects.get()
    assert (gap.kind, gap.from_time, gap.to_time, gap.state, gap.cause) == (
        Kind.SILENCE,
        now,
        None,
        GapState.OPEN,
        "lasting",
    )
    assert gap.next_try_at is None  # the regular poll asks for what comes


def test_a_device_that_speaks_often_has_six_hours_too(source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now - n * timedelta(minutes=1) for n in range(60)])
    look(now + 5 * HOUR)
    assert Gap.objects.count() == 0
    look(now + 7 * HOUR)
    assert Gap.objects.count() == 1


def test_one_whose_rhythm_nobody_knows_is_not_expected(source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now, now - HOUR])
    look(now + 90 * DAY)
    assert Gap.objects.count() == 0


def test_each_day_that_goes_by_is_lost_once_it_is_over(source: Any, hourly: Make, agrees: Make, now: datetime) -> None:
    hourly()
    for hours in range(0, 71, 7):
        look(now + hours * HOUR)
    # The last reading came at 08:00 of January 2 (UTC-4); it is now the 5th.
    assert lost() == {date(2026, 1, 2): 15, date(2026, 1, 3): 24, date(2026, 1, 4): 24}
    agrees(source, now + 70 * HOUR)
    assert Gap.objects.count() == 1


def test_when_the_device_speaks_again_it_is_a_hole(source: Any, hourly: Make, bring: Make, now: datetime) -> None:
    hourly()
    look(now + DAY)
    bring(source, [now + 30 * HOUR], at=now + 30 * HOUR)
    look(now + 30 * HOUR)
    gap = Gap.objects.get()
    assert (gap.kind, gap.to_time, gap.missing, gap.state) == (Kind.HOLE, now + 30 * HOUR, 29, GapState.OPEN)
    assert gap.next_try_at == now + 31 * HOUR


def test_a_backlog_that_comes_out_of_order_moves_the_silence(
    source: Any, hourly: Make, bring: Make, agrees: Make, now: datetime
) -> None:
    hourly()
    at = now + 10 * DAY
    look(at)
    assert sum(lost().values()) == 15 + 9 * 24
    bring(source, [now + n * HOUR for n in range(60, 72)], at=at)
    look(at)
    agrees(source, at)
    assert Gap.objects.get(kind=Kind.SILENCE).from_time == now + 71 * HOUR
    bring(source, [now + n * HOUR for n in range(1, 60)], at=at)
    look(at)
    agrees(source, at)
    assert Gap.objects.filter(kind=Kind.HOLE).exclude(state=GapState.FILLED).count() == 0


def test_a_silence_that_a_person_closed_is_not_shown_anew(source: Any, hourly: Make, now: datetime) -> None:
    from telemetry_service.gaps.operations import close_gap
    from telemetry_service.gaps.states import Cause

    hourly()
    look(now + DAY)
    gap = Gap.objects.get()
    off = Cause.DEVICE_OFF
    close_gap(gap_id=gap.id, points=None, reason=off, note="", actor="user:ops@example.cl", now=now + DAY)
    look(now + 3 * DAY)
    gap.refresh_from_db()
    assert (Gap.objects.count(), gap.state, gap.cause) == (1, GapState.CLOSED, off)
