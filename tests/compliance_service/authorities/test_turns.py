"""The gap between any two requests of ours, whichever worker sends them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from compliance_service.authorities.models import ComplianceSource
from compliance_service.authorities.turns import WINDOW, gap_of, reserve, room
from tests.compliance_service.conftest import LOOK

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def asked(wanted: int, now: datetime = LOOK, gap: timedelta = SECOND) -> list[datetime]:
    return reserve(code="DGA", wanted=wanted, gap=gap, now=now)


def test_instants_follow_one_another_from_now_on() -> None:
    assert asked(3) == [LOOK, LOOK + SECOND, LOOK + 2 * SECOND]
    assert asked(2) == [LOOK + 3 * SECOND, LOOK + 4 * SECOND]
    assert asked(1, LOOK + timedelta(hours=1)) == [LOOK + timedelta(hours=1)]


def test_a_look_plans_no_further_than_its_window() -> None:
    first = asked(1000)
    assert (len(first), first[-1]) == (51, LOOK + WINDOW)
    assert asked(1) == []
    assert asked(1, LOOK + SECOND) == [LOOK + WINDOW + SECOND]


@pytest.mark.parametrize(
    ("gap_s", "most", "before", "left"), [(1, 200, 0, 51), (1, 200, 30, 21), (1, 10, 30, 10), (2, 200, 26, 0)]
)
def test_the_room_is_what_can_still_be_reserved(gap_s: int, most: int, before: int, left: int) -> None:
    ComplianceSource.objects.filter(code="DGA").update(config={"pacing": {"global_gap_s": gap_s}})
    asked(before, gap=gap_s * SECOND)
    assert room(LOOK, most=most)["DGA"] == left
    assert len(asked(most, gap=gap_s * SECOND)) == left


def test_without_a_gap_there_is_room_for_all_and_of_a_source_that_rests_for_none() -> None:
    ComplianceSource.objects.filter(code="DGA").update(config={})
    assert room(LOOK, most=7)["DGA"] == 7
    ComplianceSource.objects.filter(code="DGA").update(is_active=False)
    assert "DGA" not in room(LOOK, most=7)


def test_without_a_gap_all_go_at_once() -> None:
    assert asked(3, gap=timedelta(0)) == [LOOK] * 3
    assert (gap_of({}), gap_of({"pacing": {"global_gap_s": 2}})) == (timedelta(0), 2 * SECOND)


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_get_the_same_instant() -> None:
    def worker(_: int) -> list[datetime]:
        try:
            return [instant for _ in range(4) for instant in asked(2)]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=5) as pool:
        found = sorted(instant for instants in pool.map(worker, range(5)) for instant in instants)
    assert len(found) == 40
    assert all(later - earlier == SECOND for earlier, later in pairwise(found))
