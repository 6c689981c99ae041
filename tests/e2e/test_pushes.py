"""A device pushes through nginx, with a key that Core made for it: gzip passes, and what is too large is told so."""

import gzip
import json
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo.settings import Settings
from deploy.demo.works import DemoWork, find_point
from tests.e2e.conftest import Days

URL = "/api/telemetry/readings/"


@pytest.fixture(scope="module")
def device(stack: Settings, work: DemoWork, days: Days) -> Any:
    """A source that is pushed to, and whoever pushes to it."""
    days.pass_hours(1)
    point = find_point(days.api, work)
    assert point is not None
    account = days.api.post("/api/telemetry/providers/", {"name": "equipos que envían", "type": "PUSH"})
    source = days.api.post(
        "/api/telemetry/sources/",
        {
            "provider": account["id"],
            "point": point["id"],
            "params": {},
            "variables": [{"key": "presion", "variable": "pressure"}],
            "period_s": 3600,
            "activate": True,
        },
    )
    key = days.api.post("/api/core/keys/", {"name": "logger e2e", "sources": [source["id"]], "expires_at": None})["key"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=stack.url, headers=headers, trust_env=False, timeout=30) as client:
        yield source["id"], client


def until_known(client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    """Telemetry hears of a new key by a hint, or within a minute."""
    deadline = time.monotonic() + 90
    while (answer := client.post(URL, content=body, headers=headers)).status_code == 401:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)
    return answer


def test_a_reading_through_the_front(device: Any, days: Days) -> None:
    source, client = device
    at = (days.hour - timedelta(minutes=30)).isoformat()
    rows = json.dumps([{"source": source, "key": "presion", "time": at, "value": 101.30}]).encode()
    first = until_known(client, gzip.compress(rows), **{"Content-Encoding": "gzip", "Idempotency-Key": "e2e-1"})
    assert first.status_code == 200, first.text
    assert first.json()["counts"]["rejected"] == 0
    again = client.post(URL, content=rows, headers={"Idempotency-Key": "e2e-1"})
    assert again.content == first.content


@pytest.mark.parametrize(("megabytes", "kind"), [(5.5, "application/problem+json"), (7, "text/html")])
def test_too_much_is_told_so_by_the_service_or_by_the_front(device: Any, megabytes: float, kind: str) -> None:
    _, client = device
    answer = until_known(client, b" " * int(megabytes * 2**20))
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, kind)


def test_nobody_pushes_without_a_key(stack: Settings) -> None:
    answer = httpx.post(
        f"{stack.url}{URL}", content=b"[]", headers={"Content-Type": "application/json"}, trust_env=False
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
