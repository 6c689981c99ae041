"""One open alert of a thing, moved by one at a time, with a row for each move."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared.errors import Conflict, NotFound
from telemetry_service.alerts.kinds import Family, Kind
from telemetry_service.alerts.models import Alert, AlertMove, SeenSign
from telemetry_service.alerts.moves import move
from telemetry_service.alerts.operations import acknowledge, close
from telemetry_service.alerts.states import AlertState, Cause

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Make = Callable[..., Any]
WHO = "user:ana@example.cl"


def moves() -> list[tuple[Any, ...]]:
    return list(AlertMove.objects.order_by("id").values_list("before", "after", "cause", "moved_by"))


def test_a_sign_raises_one_alert_however_often_it_is_seen(look: Make, sign: Make, now: datetime) -> None:
    assert look(now, sign(silent_s=1)) == 1
    assert [look(now + minute * MINUTE, sign(silent_s=minute)) for minute in range(5)] == [0] * 5
    alert, seen = Alert.objects.get(), SeenSign.objects.get()
    assert (alert.state, alert.severity, alert.opened_at) == ("open", "critical", now)
    assert (alert.evidence, seen.evidence) == ({"silent_s": 1}, {"silent_s": 4})
    assert (seen.alert_id, seen.first_seen_at, seen.last_seen_at) == (alert.id, now, now + 4 * MINUTE)
    assert moves() == [("", "open", "seen", "")]


def test_twice_at_one_time_changes_nothing(look: Make, sign: Make, now: datetime) -> None:
    def rows() -> list[Any]:
        return [list(model.objects.order_by("id").values()) for model in (Alert, AlertMove, SeenSign)]

    look(now, sign(), sign(Kind.CLOCK))
    once = rows()
    look(now, sign(), sign(Kind.CLOCK))
    assert rows() == once
    look(now + HOUR)
    gone = rows()
    look(now + HOUR)
    assert rows() == gone


def test_what_flickers_stays_one_alert(look: Make, sign: Make, now: datetime) -> None:
    """Nine minutes away and back, over and over: a device is back after ten."""
    look(now, sign())
    for round_ in range(1, 6):
        assert look(now + (10 * round_ - 1) * MINUTE) == 0
        assert look(now + 10 * round_ * MINUTE, sign()) == 0
    assert Alert.objects.get().state == AlertState.OPEN
    assert look(now + 60 * MINUTE) == 1
    alert = Alert.objects.get()
    assert (alert.state, alert.closed_at, alert.closed_by) == ("closed", now + 60 * MINUTE, "")
    assert moves()[1:] == [("open", "closed", "cleared", "")]
    assert look(now + 61 * MINUTE, sign()) == 1
    assert Alert.objects.filter(state="open").count() == 1


def test_what_passes_before_its_time_is_no_alert(look: Make, sign: Make, now: datetime) -> None:
    clock = sign(Kind.CLOCK)
    look(now, clock)
    look(now + 29 * MINUTE, clock)
    look(now + 30 * MINUTE)
    look(now + 31 * MINUTE, clock)
    assert look(now + 60 * MINUTE, clock) == 0
    assert not Alert.objects.exists()
    assert look(now + 61 * MINUTE, clock) == 1


def test_a_look_speaks_of_its_family_and_its_points_alone(look: Make, sign: Make, now: datetime) -> None:
    other = uuid4()
    look(now, sign(), sign(point=other))
    look(now, sign(Kind.UNIT_SLIP, "flow"), sign(Kind.UNIT_SLIP, "flow", point=other), family=Family.FAULTS)
    assert look(now + HOUR, family=Family.RULES) == 0
    assert look(now + HOUR, family=Family.FAULTS, points=[other]) == 1
    alive = Alert.objects.filter(state="open").values_list("kind", "point_id")
    assert ("unit_slip", other) not in alive
    assert alive.count() == 3


def test_a_look_at_no_point_ends_nothing_and_asks_nothing(look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    with CaptureQueriesContext(connection) as captured:
        assert look(now + HOUR, points=[]) == 0
    assert not any("alert_sign" in query["sql"] for query in captured.captured_queries)
    assert Alert.objects.get().state == "open"


def test_a_person_takes_it_and_it_is_over_by_itself(look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    alert = acknowledge(alert_id=Alert.objects.get().id, points=None, note="voy al pozo", actor=WHO, now=now + MINUTE)
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_at) == ("acknowledged", WHO, now + MINUTE)
    assert look(now + 2 * MINUTE, sign()) == 0
    assert look(now + HOUR) == 1
    assert moves() == [
        ("", "open", "seen", ""),
        ("open", "acknowledged", "taken", WHO),
        ("acknowledged", "closed", "cleared", ""),
    ]
    assert AlertMove.objects.get(cause="taken").note == "voy al pozo"


def test_what_a_person_closed_stays_quiet_until_it_was_away(look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    alert = close(alert_id=Alert.objects.get().id, points=None, note="pozo en mantención", actor=WHO, now=now)
    assert (alert.state, alert.closed_by) == ("closed", WHO)
    assert [look(now + hours * HOUR, sign()) for hours in range(1, 30)] == [0] * 29
    assert look(now + 30 * HOUR) == 0  # over already: nothing is closed a second time
    assert not SeenSign.objects.exists()
    assert look(now + 31 * HOUR, sign()) == 1


@pytest.mark.parametrize("act", [acknowledge, close])
def test_what_is_over_does_not_move(look: Make, sign: Make, now: datetime, act: Make) -> None:
    look(now, sign())
    alert = Alert.objects.get()
    close(alert_id=alert.id, points=None, note="x", actor=WHO, now=now)
    with pytest.raises(Conflict, match="cerrada"):
        act(alert_id=alert.id, points=None, note="", actor=WHO, now=now)
    assert AlertMove.objects.count() == 2


def test_nobody_moves_what_he_may_not_see(look: Make, sign: Make, now: datetime, stranger: list[UUID]) -> None:
    look(now, sign())
    for act in (acknowledge, close):
        with pytest.raises(NotFound):
            act(alert_id=Alert.objects.get().id, points=stranger, note="", actor=WHO, now=now)


def test_a_move_that_is_none_is_a_mistake_of_ours(look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    with pytest.raises(ValueError, match="does not move"):
        move(ids=[1], before=AlertState.CLOSED, after=AlertState.OPEN, cause=Cause.SEEN, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_looks_and_two_persons_at_once_make_one_of_each(look: Make, sign: Make, now: datetime) -> None:
    def together(act: Callable[[], Any]) -> list[Any]:
        start, said = threading.Barrier(4), list[Any]()

        def run() -> None:
            start.wait()
            try:
                said.append(act())
            except Conflict:
                said.append("late")
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        return said

    assert sorted(together(lambda: look(now, sign()))) == [0, 0, 0, 1]
    alert_id = Alert.objects.get().id
    said = together(lambda: acknowledge(alert_id=alert_id, points=None, note="", actor=WHO, now=now).state)
    assert sorted(said) == ["acknowledged", "late", "late", "late"]
    assert sorted(together(lambda: look(now + HOUR))) == [0, 0, 0, 1]
    assert AlertMove.objects.count() == 3
