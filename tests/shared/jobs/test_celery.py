import time
from typing import Any

import pytest
from celery.exceptions import Retry

from shared.errors import Refused, Unreachable
from shared.jobs.celery import make_celery, nudge

app = make_celery("core", queues=["upkeep", "hints"], schedule={})


@app.task(name="core.echo", queue="hints")
def echo(*, point: str) -> str:
    return point


@app.task(name="core.fail", queue="upkeep", bind=False)
def fail(*, soon: bool) -> None:
    raise Unreachable("away") if soon else Refused("no")


def test_a_task_runs_in_a_queue_of_its_own_service() -> None:
    assert app.amqp.router.route({}, "core.echo")["queue"].name == "core.hints"
    assert {queue.name for queue in app.conf.task_queues} == {"core.upkeep", "core.hints"}


@pytest.mark.parametrize("options", [{}, {"queue": "unknown"}, {"name": "core.lost"}])
def test_a_task_without_a_queue_that_is_served_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="hints"):
        app.task(**options)


def test_unknown_arguments_of_a_newer_sender_are_tolerated() -> None:
    assert echo.apply(kwargs={"point": "a", "added_later": 1}).get() == "a"


def test_positional_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="keyword"):
        echo.apply(args=["a"]).get()


def test_an_error_that_says_soon_is_tried_again() -> None:
    with pytest.raises(Retry):
        fail.apply(kwargs={"soon": True}, throw=True)


def test_an_error_that_says_never_is_not(caplog: pytest.LogCaptureFixture) -> None:
    assert fail.apply(kwargs={"soon": False}).get() is None
    assert "task gave up" in caplog.text


def test_a_broker_that_is_away_is_not_waited_for(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    away = make_celery("core", queues=["hints"], schedule={})

    @away.task(name="core.echo_away", queue="hints")
    def echo_away(*, point: str) -> str:
        return point

    started = time.monotonic()
    assert not nudge(echo_away, point="a")
    assert time.monotonic() - started < 3
