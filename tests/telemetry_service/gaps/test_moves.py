"""The table of moves, and the one way to make one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Gap, GapMove
from telemetry_service.gaps.moves import MOVES, may_move, move
from telemetry_service.gaps.states import Cause, GapState

S = GapState


def test_every_state_has_its_moves_and_what_is_filled_stays_so() -> None:
    assert set(MOVES) == set(GapState)
    assert MOVES[S.FILLED] == frozenset()
    assert all(may_move(state, S.FILLED) for state in GapState if state is not S.FILLED)
    assert all(may_move(state, S.OPEN) for state in (S.SEARCHED_EMPTY, S.NO_HISTORY, S.GIVEN_UP, S.CLOSED))
    assert not may_move(S.SEARCHING, S.CLOSED)  # a search in hand ends first


@pytest.mark.django_db
def test_of_two_who_move_one_is_first(source: Any, hourly: Callable[..., None], now: datetime) -> None:
    hourly(without=[5])
    look(now)
    (gap,) = Gap.objects.all()
    said = {"before": S.OPEN, "after": S.SEARCHING, "cause": Cause.UNDER_WAY, "now": now, "last_searched_at": now}
    assert move(ids=[gap.id, 999_999], **said) == [gap.id]  # type: ignore[arg-type] # of different kinds
    assert move(ids=[gap.id], **said) == []  # type: ignore[arg-type]
    assert GapMove.objects.count() == 1


def test_a_move_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="filled to open"):
        move(ids=[1], before=S.FILLED, after=S.OPEN, cause=Cause.ASKED, now=datetime(2026, 1, 2, tzinfo=UTC))
