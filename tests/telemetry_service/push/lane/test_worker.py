"""gunicorn with the loop that reads pushes: what a device hears, whatever it and the others do."""

import gzip
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from telemetry_service.push.lane.head import MOST_BODY
from tests.telemetry_service.push.lane.client import Device
from tests.telemetry_service.push.lane.conftest import rows
from tests.telemetry_service.push.world import Web, World

HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
# A header of another length than what stands there is none of the loop's; a thread answers this one.
BY_A_THREAD = {"Content_Encoding": "identity"}


def together(web: Web) -> tuple[float, float]:
    """Transactions, and pushes that they kept."""
    text = httpx.get(f"{web.url}/metrics", trust_env=False, timeout=30).text
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("telemetry_pushes_together_"))
    return float(found["telemetry_pushes_together_count"]), float(found["telemetry_pushes_together_sum"])


def test_one_connection_asks_this_and_that(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        for number in range(3):
            assert device.push(rows(world, number)).said["counts"]["stored"] == 1
            device.send(HEALTH)
            assert device.hear().status == 200
            assert device.push(rows(world, number), **BY_A_THREAD).said["counts"]["duplicate"] == 1
    assert len(world.stored()) == 3


def test_many_devices_are_each_answered_and_kept_together(web: Web, world: World) -> None:
    transactions, kept = together(web)

    def device(number: int) -> list[int]:
        with Device(web, key=world.keys[number]) as one:
            pushed = [one.push(rows(world, 100 * number + n, 1 + n % 3, number % 4)) for n in range(0, 90, 3)]
            return [answer.said["rows"] for answer in pushed]

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(device, range(12)))
    assert found == [[1] * 30] * 12
    after = together(web)
    assert after[1] - kept == 360
    assert after[0] - transactions < 300
    assert len(world.stored()) == 360


def test_several_requests_at_once_are_answered_in_their_order(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        pushes = [device.request(rows(world, n), X_Request_ID=f"of-push-{n}") for n in range(4)]
        device.send(pushes[0] + HEALTH + pushes[1] + pushes[2] + HEALTH + pushes[3])
        heard = [device.hear() for _ in range(6)]
    assert [one.status for one in heard] == [200] * 6
    ids = [one.headers["x-request-id"] for one in heard if b"verdicts" in one.body]
    assert ids == [f"of-push-{n}" for n in range(4)]


def test_a_request_that_comes_in_parts(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        device.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in device.request(rows(world)):
            device.send(bytes([byte]))
        assert device.hear().said["counts"]["stored"] == 1
        data = device.request(rows(world, 1, 1000))
        assert 65_536 < len(data) < MOST_BODY
        for start in range(0, len(data), 10_000):
            device.send(data[start : start + 10_000])
        assert device.hear().said["counts"]["stored"] == 1000


def test_halves_of_requests_hold_up_nobody(web: Web, world: World) -> None:
    """More of them than there are threads."""
    with ExitStack() as stack:
        slow = [stack.enter_context(Device(web, key=world.keys[0])) for _ in range(8)]
        whole = [one.request(rows(world, n)) for n, one in enumerate(slow)]
        for n, one in enumerate(slow):
            one.send(whole[n][: 20 + 40 * n])
        with Device(web, key=world.keys[1]) as other:
            assert other.push(rows(world, 100)).said["counts"]["stored"] == 1
            other.send(HEALTH)
            assert other.hear().status == 200
        for n, one in enumerate(slow):
            one.send(whole[n][20 + 40 * n :])
        assert [one.hear().said["counts"]["stored"] for one in slow] == [1] * 8


def test_what_is_wrong_with_one_is_no_trouble_of_the_others(web: Web, world: World) -> None:
    """Sent at once, so that they come to be answered together."""
    good, other = rows(world, 0), rows(world, 1)
    asked = [
        (world.keys[0], good, {}, 200),
        (world.keys[1], b"[{", {}, 400),
        (world.keys[2] + "0", good, {}, 401),
        ("", good, {"Authorization": ""}, 401),
        (world.keys[3], good, {"Content_Type": "text/html"}, 415),
        (world.keys[4], good, {"Idempotency_Key": "a" * 300}, 400),
        (world.keys[5], good, {"Host": "somebody.else"}, 400),
        (world.keys[6], other, {}, 200),
    ]
    with ExitStack() as stack:
        devices = [stack.enter_context(Device(web, key=key)) for key, *_ in asked]
        for device, (_, body, headers, _) in zip(devices, asked, strict=True):
            device.send(device.request(body, **headers))
        heard = [device.hear() for device in devices]
    assert [one.status for one in heard] == [status for *_, status in asked]
    assert len(world.stored()) == 2
    for one in heard[1:6]:
        assert one.headers["content-type"] == "application/problem+json"
        assert one.said["request_id"] == one.headers["x-request-id"]
    assert heard[2].headers["www-authenticate"] == "Bearer"


def test_a_name_that_came_twice_at_once(web: Web, world: World) -> None:
    with ExitStack() as stack:
        devices = [stack.enter_context(Device(web, key=world.keys[0])) for _ in range(6)]
        for device in devices:
            device.send(device.request(rows(world, 7), Idempotency_Key="the-same"))
        answers = {device.hear().body for device in devices}
    assert len(answers) == 1
    assert len(world.stored()) == 1


def test_the_same_is_said_by_the_loop_and_by_a_thread(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        for body in (rows(world, 9), b"no JSON"):
            one, other = device.push(body), device.push(body, **BY_A_THREAD)
            assert one.status == other.status
            assert one.headers.keys() == other.headers.keys()
            own = {"x-request-id", "content-length", "date"}
            assert all(one.headers[name] == other.headers[name] for name in one.headers.keys() - own)
            assert one.said.keys() == other.said.keys()
        asked = device.push(rows(world, 9), X_Request_ID="pozo-norte-17")
        assert asked.headers["x-request-id"] == "pozo-norte-17"


def test_large_bodies_and_gzip_are_a_thread_s(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        large = rows(world, 0, 3000)
        assert len(json.dumps(large)) > MOST_BODY
        assert device.push(large).said["counts"]["stored"] == 3000
        packed = gzip.compress(json.dumps(rows(world, 5000)).encode())
        assert device.push(packed, Content_Encoding="gzip").said["rows"] == 1
        assert device.push(rows(world, 5001)).said["counts"]["rejected"] == 0
    with Device(web, key=world.keys[0]) as device:
        device.send(device.request(b"", Content_Length=str(6 * 2**20)))
        assert (device.hear().status, device.is_closed()) == (413, True)


def test_a_client_that_waits_to_be_told_to_go_on(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        data = device.request(rows(world), Expect="100-continue")
        head, _, body = data.partition(b"\r\n\r\n")
        device.send(head + b"\r\n\r\n")
        assert device.hear().status == 100
        device.send(body)
        assert device.hear().said["counts"]["stored"] == 1


def test_a_client_that_does_not_read_holds_up_nobody_and_gets_all_of_its_answer(web: Web, world: World) -> None:
    wrong = [{"source": "nadie", "key": "k" * 60, "time": "mal", "value": None}] * 2000
    with Device(web, key=world.keys[0], window=2048) as slow:
        answers = 0
        for _ in range(4):  # until what is between them is full
            slow.send(slow.request(wrong))
            answers += 1
        with Device(web, key=world.keys[1]) as other:
            for n in range(20):
                assert other.push(rows(world, n)).said["counts"]["stored"] == 1
        heard = [slow.hear() for _ in range(answers)]
        assert all(one.said["counts"]["rejected"] == 2000 for one in heard)
        assert slow.push(rows(world, 100)).said["counts"]["stored"] == 1


@pytest.mark.parametrize("how", ["after", "before"])
def test_a_client_that_goes(web: Web, world: World, how: str) -> None:
    """Before its answer, or in the middle of its request."""
    for n in range(30):
        with Device(web, key=world.keys[0]) as gone:
            data = gone.request(rows(world, n))
            gone.send(data if how == "after" else data[:-5])
    with Device(web, key=world.keys[1]) as other:
        assert other.push(rows(world, 100)).said["counts"]["stored"] == 1


def test_a_connection_that_the_client_wants_closed(web: Web, world: World) -> None:
    with Device(web, key=world.keys[0]) as device:
        heard = device.push(rows(world), Connection="close")
        assert (heard.status, heard.headers["connection"]) == (200, "close")
        assert device.is_closed()
