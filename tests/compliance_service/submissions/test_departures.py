"""How long each request of a look waits, and that a slow answer does not make two leave at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.submissions.departures import Departures
from compliance_service.submissions.models import Attempt
from compliance_service.submissions.queries import next_wake, sendable
from tests.compliance_service.conftest import LOOK, Regulator, Telemetry

Make = Callable[..., Any]
SECOND = timedelta(seconds=1)


class Wall:
    """A monotonic clock that only waiting moves, and slow answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.waits: list[float] = []
        monkeypatch.setattr("compliance_service.submissions.departures.time.monotonic", lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


def test_each_leaves_at_its_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Wall(monkeypatch)
    leave = Departures(LOOK, wall.wait)
    for place in range(3):
        leave.at(LOOK + place * SECOND)
    assert wall.waits == [0, 1, 1]


def test_those_that_were_held_up_keep_their_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Wall(monkeypatch)
    leave = Departures(LOOK, wall.wait)
    leave.at(LOOK)
    wall.now += 15  # all workers waited for slow answers
    leave.at(LOOK + SECOND)
    leave.at(LOOK + 2 * SECOND)
    assert wall.waits == [0, 0, 1]


@pytest.mark.django_db
def test_works_that_send_in_one_look_are_a_gap_apart(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    for code in ("OB-0601-101", "OB-0601-102", "OB-0601-103"):
        telemetry.good(make_config(code).point_id)
    assert run() == 3
    times = Attempt.objects.order_by("started_at").values_list("started_at", flat=True)
    assert list(times) == [LOOK, LOOK + SECOND, LOOK + 2 * SECOND]


@pytest.mark.django_db
def test_a_source_that_was_just_spoken_to_wakes_us_when_it_is_free(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    from compliance_service.authorities.turns import reserve
    from compliance_service.submissions.prepare import prepare

    telemetry.good(make_config().point_id)
    prepare(LOOK, read=telemetry.read)
    reserve(code="DGA", wanted=30, gap=SECOND, now=LOOK)
    assert next_wake(LOOK) == LOOK + 30 * SECOND


@pytest.mark.django_db
def test_the_work_that_could_go_for_longest_is_first(make_config: Make, telemetry: Telemetry) -> None:
    from compliance_service.submissions.models import ComplianceData
    from compliance_service.submissions.prepare import prepare

    configs = [make_config(code) for code in ("OB-0601-101", "OB-0601-102", "OB-0601-103")]
    for config in configs:
        telemetry.good(config.point_id)
    prepare(LOOK, read=telemetry.read)
    for place, config in enumerate(reversed(configs)):
        ComplianceData.objects.filter(config=config).update(next_attempt_at=LOOK - place * SECOND)
    found = [item.config for item in sendable(now=LOOK, room={"DGA": 2})]
    assert found == [configs[0].id, configs[1].id]
