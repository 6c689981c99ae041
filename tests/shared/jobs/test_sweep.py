import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from shared.jobs.sweep import Step, Sweep

NOON = datetime(2024, 3, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_step_runs_again_when_its_time_is_over() -> None:
    seen: list[datetime] = []
    sweep = Sweep([Step("note", MINUTE, lambda now: len(seen.append(now) or seen))])
    for seconds in (0, 30, 60, 61):
        sweep.walk(NOON + timedelta(seconds=seconds))
    assert seen == [NOON, NOON + MINUTE]


def test_a_clock_that_goes_back_makes_everything_due() -> None:
    sweep = Sweep([Step("note", MINUTE, lambda now: 1)])
    sweep.walk(NOON)
    assert sweep.walk(NOON - timedelta(days=1))["done"] == {"note": 1}


def test_a_step_by_the_wall_does_not_run_faster_with_a_virtual_clock() -> None:
    wall = [NOON]
    sweep = Sweep([Step("ask", MINUTE, lambda now: 1, by_the_wall=True)], wall=lambda: wall[0])
    done = [sweep.walk(NOON + timedelta(hours=hour))["done"] for hour in range(3)]
    wall[0] += MINUTE
    assert [*done, sweep.walk(NOON)["done"]] == [{"ask": 1}, {}, {}, {"ask": 1}]


def test_a_step_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("sweep", once=True, stdout=out)
    report = json.loads(out.getvalue())
    assert report["done"] == {"counts": 1}
    assert report["failed"] == {"fails": "ValueError: broken on purpose"}
    assert "sweep step failed" in caplog.text


def test_lockstep_answers_each_line_with_what_was_due_or_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\nall\n"))
    out = io.StringIO()
    call_command("sweep", lockstep=True, stdout=out)
    reports = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [report["done"] for report in reports] == [{"counts": 1}, {}, {"counts": 1}]
    assert datetime.fromisoformat(reports[0]["next_wake_at"]) > datetime.fromisoformat(reports[0]["at"])


def test_a_step_left_out_is_walked_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nall\n"))
    out = io.StringIO()
    call_command("sweep", lockstep=True, without=["counts"], stdout=out)
    assert [json.loads(line)["done"] for line in out.getvalue().splitlines()] == [{}, {"counts": 1}]


def test_who_waits_for_a_step_is_told_before_the_rest_of_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n"))
    out = io.StringIO()
    call_command("sweep", lockstep=True, tell="counts", stdout=out)
    told, first, told_again, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert told == told_again == {"passed": "counts"}  # due or not
    assert (first["done"], second["done"]) == ({"counts": 1}, {})
