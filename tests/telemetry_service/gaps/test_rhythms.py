"""What is said of a rhythm holds from a date on, and changes nothing before it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from telemetry_service.gaps.days import micros
from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Gap, Rhythm
from telemetry_service.gaps.rhythm import Rhythms, Said
from telemetry_service.gaps.rhythms import EVER, say_rhythm
from telemetry_service.gaps.states import GapState
from telemetry_service.sources.models import Source

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HOUR_US = 3600 * 1_000_000
Make = Callable[..., Any]


def at_hand() -> list[int]:
    gaps = Gap.objects.exclude(state=GapState.FILLED).order_by("from_time")
    return list(gaps.values_list("missing", flat=True))


def test_a_source_that_says_its_cadence_is_judged_by_it_from_its_first_reading(
    make_source: Make, bring: Make, agrees: Make, now: datetime
) -> None:
    source = make_source(cadence_s=3600)
    bring(source, [now, now - 5 * HOUR])
    look(now)
    assert at_hand() == [4]
    agrees(source, now, rhythms=Rhythms([Said(micros(EVER), HOUR_US)]))


def test_a_cadence_that_is_changed_holds_from_then_on(
    make_source: Make, bring: Make, agrees: Make, now: datetime
) -> None:
    source = make_source(cadence_s=3600)
    bring(source, [now - n * HOUR for n in (0, 2, 4, 5)])
    look(now)
    Source.objects.update(cadence_s=7200)
    look(now + HOUR)
    bring(source, [now + n * HOUR for n in (2, 4, 6, 9, 15)])
    look(now + 15 * HOUR)
    assert at_hand() == [1, 1, 2]
    agrees(
        source,
        now + 15 * HOUR,
        rhythms=Rhythms([Said(micros(EVER), HOUR_US), Said(micros(now + HOUR), 2 * HOUR_US)]),
    )
    look(now + 16 * HOUR)
    assert Rhythm.objects.count() == 2


def test_one_that_says_it_later_changes_nothing_of_what_was_looked_at(
    source: Any, hourly: Make, bring: Make, now: datetime
) -> None:
    hourly(without=[5])
    look(now)
    Source.objects.update(cadence_s=1800)
    look(now + HOUR)
    assert at_hand() == [1]
    assert Rhythm.objects.get().valid_from == now + HOUR


def test_a_persons_word_on_a_date_is_judged_from_there(source: Any, hourly: Make, agrees: Make, now: datetime) -> None:
    hourly(48, without=[5, 30])
    look(now)
    said = {"cadence_s": None, "tolerance_pct": 250, "actor": "user:ops@example.cl", "now": now}
    say_rhythm(source_id=source.id, valid_from=now - 20 * HOUR, **said)
    assert at_hand() == [1]
    agrees(source, now, rhythms=Rhythms([Said(micros(now - 20 * HOUR), None, 250)]))
    assert list(Gap.objects.filter(state=GapState.FILLED).values_list("cause", flat=True)) == ["rhythm"]
    say_rhythm(source_id=source.id, valid_from=now - 20 * HOUR, **said | {"tolerance_pct": 150})
    assert at_hand() == [1, 1]
    assert Rhythm.objects.count() == 1
