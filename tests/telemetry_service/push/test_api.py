"""`POST /api/telemetry/readings/`: what a device sees, and that it sees it whatever is away."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from shared.clock import VirtualClock
from shared.testing import api_client, user_token
from telemetry_service.keys import current
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.keys.conftest import KeptKey, keep_secret
from tests.telemetry_service.push.conftest import Make, csv_of, ndjson_of, row, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("months", "at_noon")]
URL = "/api/telemetry/readings/"


@pytest.fixture
def at_noon(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> datetime:
    clock = VirtualClock(tmp_path / "clock.json")
    clock.freeze(NOW)
    monkeypatch.setenv("STACK_CLOCK_FILE", str(clock.path))
    current.directory.cache_clear()
    current.limiter.cache_clear()
    return NOW


@pytest.fixture
def make_key(db: None) -> Callable[..., KeptKey]:
    from telemetry_service.keys.models import ApiKey

    def make(*sources: Any, points: Any = (), **fields: Any) -> KeptKey:
        said = {"name": "Pozo norte", "updated_at": NOW, "sources": list(sources), "points": list(points)}
        key = ApiKey.objects.create(id=uuid4(), **(said | fields))
        new = keep_secret(key.id)
        return KeptKey(key.id, new.text, new.prefix)

    return make


@pytest.fixture
def source(make_pushed: Make) -> Any:
    return make_pushed()


@pytest.fixture
def device(make_key: Callable[..., KeptKey], source: Any) -> APIClient:
    return api_client(make_key(source.id).text)


def post(client: APIClient, body: Any, content_type: str = "application/json", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(URL, data, content_type=content_type, headers=headers)


def test_a_reading_is_stored_and_answered(device: APIClient, source: Any) -> None:
    answer = post(device, [row(source.id)], **{"Idempotency-Key": "a"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["verdicts"] == [{"verdict": "stored"}]
    assert answer.json()["received_at"] == "2026-01-02T12:00:00Z"
    assert post(device, [row(source.id)], **{"Idempotency-Key": "a"}).content == answer.content


@pytest.mark.parametrize(
    ("encode", "content_type"),
    [
        (lambda rows: json.dumps(rows).encode(), "application/json"),
        (ndjson_of, "application/x-ndjson"),
        (csv_of, "text/csv"),
    ],
)
def test_every_format_plain_and_gzipped(device: APIClient, source: Any, encode: Any, content_type: str) -> None:
    body = encode([row(source.id)])
    assert post(device, body, content_type).json()["counts"]["stored"] == 1
    again = post(device, gzip.compress(body), content_type, **{"Content-Encoding": "gzip"})
    assert again.json()["counts"]["duplicate"] == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'[{"source": "s"', {}, 400, "body_unreadable"),
        (b"<html>", {}, 400, "body_unreadable"),
        (gzip.compress(b"[]")[:-4], {"Content-Encoding": "gzip"}, 400, "body_unreadable"),
        (b"[]", {"Content-Encoding": "br"}, 415, "content_type_unknown"),
        (b"[" + b" " * (5 * 2**20) + b"]", {}, 413, "body_too_large"),
        (gzip.compress(bytes(21 * 2**20)), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (b"[]", {"Idempotency-Key": "x" * 300}, 400, "invalid_input"),
    ],
)
def test_a_push_that_cannot_be_read_is_a_problem_and_nothing_else(
    device: APIClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post(device, body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert stored() == set()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_is_415(device: APIClient, content_type: str) -> None:
    assert post(device, b"[]", content_type).status_code == 415


def test_a_key_of_another_push_is_422(device: APIClient, source: Any) -> None:
    post(device, [row(source.id)], **{"Idempotency-Key": "a"})
    answer = post(device, [row(source.id, value=9)], **{"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_or_with_a_person_s_token_nobody_pushes(source: Any) -> None:
    assert post(api_client(), [row(source.id)]).status_code == 401
    assert post(api_client(user_token()), [row(source.id)]).status_code == 401
    assert post(api_client("stk_" + "x" * 40), [row(source.id)]).status_code == 401
    assert stored() == set()


def test_a_key_of_a_point_pushes_to_its_sources(
    make_key: Callable[..., KeptKey], source: Any, make_pushed: Make
) -> None:
    other = make_pushed("OB-2")
    answer = post(api_client(make_key(points=[source.point_id]).text), [row("OB-1"), row(other.id)]).json()
    assert [one["verdict"] for one in answer["verdicts"]] == ["stored", "rejected"]


def test_too_many_are_told_to_come_again(device: APIClient, source: Any, settings: Any) -> None:
    settings.API_KEY_RATE, settings.API_KEY_BURST = 1, 1
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert post(device, [row(source.id)]).status_code == 200
    answer = post(device, [row(source.id)])
    assert (answer.status_code, int(answer["Retry-After"]) >= 1) == (429, True)


def test_without_redis_a_push_goes_on(device: APIClient, source: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert post(device, [row(source.id)]).json()["counts"]["stored"] == 1


def test_only_post(device: APIClient) -> None:
    assert device.get(URL).status_code == 405
