from datetime import UTC, datetime, timedelta

import pytest

from compliance_service.authorities.dga.record import Verdict
from compliance_service.receipts.schedule import Next, first_read, next_read

NOON = datetime(2024, 5, 13, 16, tzinfo=UTC)  # 12:00 at the regulator
NIGHT = datetime(2024, 5, 14, 7, tzinfo=UTC)  # 03:00
DAY = timedelta(days=1)


def test_a_receipt_is_read_soon() -> None:
    assert first_read(NOON) == NOON + timedelta(minutes=2)


@pytest.mark.parametrize(("matches", "nights"), [(1, 0), (2, 29), (3, 179), (4, 179), (40, 179)])
def test_what_matches_is_read_again_at_night_and_ever_more_rarely(matches: int, nights: int) -> None:
    assert next_read(Verdict.MATCHES, matches=matches, tries=0, now=NOON) == Next(NIGHT + nights * DAY)


def test_before_three_the_night_is_not_over() -> None:
    assert next_read(Verdict.MATCHES, matches=1, tries=0, now=NIGHT - timedelta(hours=1)) == Next(NIGHT)
    assert next_read(Verdict.MATCHES, matches=1, tries=0, now=NIGHT) == Next(NIGHT + DAY)


def test_a_difference_is_for_a_person() -> None:
    assert next_read(Verdict.DIFFERS, matches=0, tries=1, now=NOON) == Next(None, incident=True)


def test_what_is_not_found_is_looked_for_twice_more() -> None:
    found = [next_read(Verdict.NOT_FOUND, matches=0, tries=tries, now=NOON) for tries in (1, 2, 3, 9)]
    assert found == [Next(NOON + timedelta(hours=1)), Next(NOON + DAY), *[Next(None, incident=True)] * 2]


@pytest.mark.parametrize("verdict", [Verdict.UNREADABLE, Verdict.NO_ANSWER])
def test_who_does_not_answer_is_asked_later_and_later_and_never_accused(verdict: Verdict) -> None:
    found = [next_read(verdict, matches=0, tries=tries, now=NOON) for tries in (1, 2, 3, 50)]
    assert [one.at - NOON for one in found if one.at] == [timedelta(minutes=n) for n in (10, 60, 360, 360)]
    assert not any(one.incident for one in found)
