"""How a worker with the loop ends, and what it ends: nothing that was answered is lost, nobody is cut off."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psycopg2

from tests.telemetry_service.push.lane.client import Device
from tests.telemetry_service.push.lane.conftest import rows
from tests.telemetry_service.push.world import WORKER, Web, World, serving

LONGEST_S = 60


def pushing(web: Web, world: World, number: int, over: threading.Event) -> tuple[int, list[Any]]:
    """Pushes until it is over, or nobody takes its connection any more: how many were answered with 200, and what was
    heard besides.
    """
    answered, other, is_new = 0, list[Any](), True
    try:
        while not over.is_set():
            with Device(web, key=world.keys[number]) as device:
                is_last, is_new = False, True
                while not is_last and not over.is_set():
                    heard = device.push(rows(world, 200 * number + answered), Idempotency_Key=f"{number}-{answered}")
                    is_last, is_new = heard.headers["connection"] == "close", False
                    other += [] if heard.status == 200 else [heard]
                    answered += 1
    except OSError as error:
        other += [] if is_new else [error]
    return answered, other


def test_a_worker_that_has_answered_enough_hands_over_without_a_loss(world: World) -> None:
    with serving(world, workers=2, GUNICORN_CMD_ARGS="--max-requests 40 --max-requests-jitter 0") as web:
        first, over = web.workers(), threading.Event()
        with ThreadPoolExecutor(4) as pool:
            devices = [pool.submit(pushing, web, world, n, over) for n in range(4)]
            deadline = time.monotonic() + LONGEST_S
            while set(first) & set(web.workers()) and time.monotonic() < deadline:
                over.wait(0.05)
            over.set()
        found = [one.result() for one in devices]
        assert not set(first) & set(web.workers())
    assert [other for _, other in found] == [[]] * 4
    assert len(world.stored()) == sum(answered for answered, _ in found)


def test_a_stop_answers_what_has_come(world: World) -> None:
    over = threading.Event()
    with ThreadPoolExecutor(8) as pool, ExitStack() as stack:
        web = stack.enter_context(serving(world))
        half, idle = (stack.enter_context(Device(web, key=world.keys[9])) for _ in range(2))
        data = half.request(rows(world, 3000))
        half.send(data[:-5])
        assert idle.push(rows(world, 3001)).status == 200
        devices = [pool.submit(pushing, web, world, n, over) for n in range(8)]
        while len(world.stored()) < 40:
            over.wait(0.02)
        began = time.monotonic()
        web.process.send_signal(signal.SIGTERM)
        while (heard := idle.push(rows(world, 3001))).headers["connection"] != "close":
            assert heard.status == 200  # it did not know yet
        assert heard.status == 200
        half.send(data[-5:])
        assert half.hear().said["counts"]["stored"] == 1
        assert half.is_closed()
        web.process.wait(LONGEST_S)
        took = time.monotonic() - began
        found = [one.result(LONGEST_S) for one in devices]
    assert [other for _, other in found] == [[]] * 8
    assert len(world.stored()) == sum(answered for answered, _ in found) + 2
    assert took < 15  # less than gunicorn's own patience


def test_who_says_half_and_then_nothing_is_told_so(world: World) -> None:
    with ExitStack() as stack:
        web = stack.enter_context(serving(world, GUNICORN_CMD_ARGS="--keep-alive 1"))
        half, idle = (stack.enter_context(Device(web, key=world.keys[0])) for _ in range(2))
        half.send(half.request(rows(world))[:-1])
        assert idle.push(rows(world, 1)).status == 200
        assert (half.hear().status, half.is_closed()) == (408, True)
        assert idle.is_closed()
    assert len(world.stored()) == 1


def test_a_flood_of_one_key_is_told_to_wait_and_another_s_push_is_taken(world: World) -> None:
    with serving(world, threads=4, API_KEY_AT_ONCE="2") as web:
        flood = [Device(web, key=world.keys[0]) for _ in range(30)]
        with Device(web, key=world.keys[1]) as other:
            for n, one in enumerate(flood):
                one.send(one.request(rows(world, n * 100, 100)))
            assert other.push(rows(world, 1)).status == 200
            statuses = [one.hear().status for one in flood]
        for one in flood:
            one.socket.close()
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 2


def test_a_database_that_stands_still_holds_up_pushes_alone(world: World) -> None:
    """The keeper waits for it; whoever asks for something else is answered."""
    with serving(world) as web, Device(web, key=world.keys[0]) as device, Device(web) as other:
        assert device.push(rows(world, 1)).status == 200
        with ThreadPoolExecutor(1) as pool:
            locked, go_on = threading.Event(), threading.Event()
            holder = pool.submit(_hold, world, locked, go_on)
            try:
                assert locked.wait(LONGEST_S)
                device.send(device.request(rows(world, 2)))
                for _ in range(5):
                    other.send(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    assert other.hear().status == 200
            finally:
                go_on.set()
            holder.result(LONGEST_S)
        assert device.hear().said["counts"]["stored"] == 1


def _hold(world: World, locked: threading.Event, go_on: threading.Event) -> None:
    with closing(psycopg2.connect(world.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE telemetry.raw_arrival IN ACCESS EXCLUSIVE MODE")
        locked.set()
        go_on.wait(LONGEST_S)
        connection.rollback()


def test_a_worker_that_is_killed_has_lost_nothing_that_it_answered(world: World) -> None:
    with serving(world, workers=2) as web:
        over = threading.Event()
        with ThreadPoolExecutor(8) as pool:
            devices = [pool.submit(pushing, web, world, n, over) for n in range(8)]
            while len(world.stored()) < 60:
                over.wait(0.02)
            for pid in web.workers():
                os.kill(pid, signal.SIGKILL)
            over.wait(0.5)
            over.set()
        answered = [one.result()[0] for one in devices]
    kept = {name for (name,) in world.rows("SELECT idempotency_key FROM push_answer")}
    for number, count in enumerate(answered):
        assert {f"{number}-{n}" for n in range(count)} <= kept
    assert len(world.stored()) == len(kept)


def test_an_application_that_takes_nothing_together_is_served_by_threads(world: World) -> None:
    plain = "django.core.wsgi:get_wsgi_application()"
    with ExitStack() as stack:
        web = stack.enter_context(serving(world, application=plain, GUNICORN_CMD_ARGS=f"-k {WORKER}"))
        device = stack.enter_context(Device(web, key=world.keys[0]))
        assert device.push(rows(world)).said["counts"]["stored"] == 1
        assert device.push(rows(world)).said["counts"]["duplicate"] == 1
