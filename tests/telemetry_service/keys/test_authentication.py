"""A view that devices push to, asked over HTTP."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from shared.auth.api_keys import make_secret
from shared.testing import user_token
from telemetry_service.keys.current import limiter
from telemetry_service.keys.drf import HoldsKey, KeyAuthentication, check_may_push, holder_of
from telemetry_service.keys.models import ApiKey, ApiKeyUse
from telemetry_service.points.models import SyncCursor
from tests.telemetry_service.keys.conftest import MakeKey

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Push(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def post(self, request: Request, source_id: UUID) -> Response:
        holder = holder_of(request)
        with limiter().admit(holder.key_id):
            check_may_push(holder, source_id, uuid4())
            return Response({"by": holder.actor, "key": str(holder.key_id)})


urlpatterns = [path("push/<uuid:source_id>/", Push.as_view())]


def push(source: UUID | None = None, **headers: str) -> Any:
    return APIClient().post(f"/push/{source or uuid4()}/", {}, format="json", headers=headers)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[[timedelta], None]:
    at = [now]
    monkeypatch.setattr("shared.clock.now", lambda: at[0])

    def later(pause: timedelta) -> None:
        at[0] += pause

    return later


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_key_opens_by_either_header(make_key: MakeKey, header: str) -> None:
    source = uuid4()
    key = make_key(sources=[source])
    scheme = "bearer " if header == "Authorization" else ""
    response = push(source, **{header: f"{scheme}{key.text}"})
    assert (response.status_code, response.json()) == (200, {"by": "key:Pozo norte", "key": str(key.id)})


def test_a_key_by_points(make_key: MakeKey) -> None:
    key = make_key(sources=[], points=[uuid4()])
    response = push(**{"X-Api-Key": key.text})
    assert (response.status_code, response.json()["code"]) == (403, "key_not_for_source")


def test_both_headers_with_one_key_and_with_two(make_key: MakeKey) -> None:
    source = uuid4()
    key, other = make_key(sources=[source]), make_key(sources=[source])
    bearer = f"Bearer {key.text}"
    assert push(source, **{"Authorization": bearer, "X-Api-Key": key.text}).status_code == 200
    response = push(source, **{"Authorization": bearer, "X-Api-Key": other.text})
    assert (response.status_code, response.json()["code"]) == (401, "key_malformed")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"revoked_at": timedelta(0)}, "key_revoked"),
        ({"expires_at": timedelta(0)}, "key_expired"),
        ({"ends_at": timedelta(0)}, "key_expired"),
    ],
)
def test_a_key_that_lives_no_more_says_so(
    make_key: MakeKey, frozen: Any, now: datetime, fields: dict[str, timedelta], code: str
) -> None:
    key = make_key(**{name: now + pause for name, pause in fields.items()})
    response = push(**{"X-Api-Key": key.text})
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, "not_authenticated"),
        ({"Authorization": "stk_suelta"}, "not_authenticated"),
        ({"Authorization": "Bearer stk_corta"}, "key_malformed"),
        ({"X-Api-Key": "otra-cosa"}, "key_malformed"),
        ({"X-Api-Key": make_secret().text}, "key_unknown"),
    ],
)
def test_without_a_key_that_works(headers: dict[str, str], code: str) -> None:
    response = push(**headers)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert not any(value in response.content.decode() for value in headers.values())


def test_a_persons_token_does_not_push() -> None:
    response = push(Authorization=f"Bearer {user_token()}")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.urls("telemetry_service.urls")
@pytest.mark.parametrize("url", ["/api/telemetry/providers/", "/api/telemetry/sources/", "/api/telemetry/latest/"])
def test_a_key_opens_nothing_but_pushes(make_key: MakeKey, url: str) -> None:
    key = make_key()
    for headers in ({"Authorization": f"Bearer {key.text}"}, {"X-Api-Key": key.text}):
        assert APIClient().get(url, headers=headers).status_code == 401


def test_a_revocation_that_the_copy_knows_is_heeded(make_key: MakeKey, now: datetime, monkeypatch: Any) -> None:
    from telemetry_service.keys.current import directory

    source = uuid4()
    key = make_key(sources=[source])
    assert push(source, **{"X-Api-Key": key.text}).status_code == 200
    ApiKey.objects.filter(id=key.id).update(revoked_at=now)
    SyncCursor.objects.create(feed="core.keys", cursor="2", synced_at=now)
    directory().look_every_s = 0
    assert push(source, **{"X-Api-Key": key.text}).json()["code"] == "key_revoked"


def test_a_use_is_noted_at_most_every_ten_minutes(
    make_key: MakeKey, frozen: Callable[[timedelta], None], now: datetime
) -> None:
    key = make_key()
    uses = []
    for minutes in (0, 4, 5, 2, 10):
        frozen(timedelta(minutes=minutes))
        push(**{"X-Api-Key": key.text})
        uses.append((ApiKeyUse.objects.get(key_id=key.id).used_at - now) // timedelta(minutes=1))
    assert uses == [0, 0, 0, 11, 21]


def test_a_known_key_is_asked_for_once_and_then_costs_no_query(
    make_key: MakeKey, django_assert_num_queries: Any
) -> None:
    key = make_key()
    with django_assert_num_queries(3):  # which generation, which key, and the note of its use
        push(**{"X-Api-Key": key.text})
    with django_assert_num_queries(0):
        for _ in range(5):
            push(**{"X-Api-Key": key.text})


@override_settings(API_KEY_RATE=1, API_KEY_BURST=2)
def test_a_flood_on_one_key_is_told_when_to_come_again(make_key: MakeKey) -> None:
    source = uuid4()
    flood, other = make_key(sources=[source]), make_key(sources=[source])
    answers = [push(source, **{"X-Api-Key": flood.text}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert (answers[-1]["Retry-After"], answers[-1].json()["code"]) == ("1", "key_too_many")
    assert push(source, **{"X-Api-Key": other.text}).status_code == 200


@override_settings(API_KEY_RATE=1, API_KEY_BURST=2, REDIS_URL="redis://127.0.0.1:1/0")
def test_with_redis_away_pushes_go_on_and_are_still_counted(make_key: MakeKey) -> None:
    source = uuid4()
    key = make_key(sources=[source])
    assert [push(source, **{"X-Api-Key": key.text}).status_code for _ in range(3)] == [200, 200, 429]


def test_no_secret_in_any_log(make_key: MakeKey, caplog: pytest.LogCaptureFixture, now: datetime) -> None:
    caplog.set_level(logging.DEBUG)
    keys = [make_key(), make_key(revoked_at=now), make_key(expires_at=now)]
    for text in [*(key.text for key in keys), make_secret().text]:
        push(**{"X-Api-Key": text})
        secret = text.split("_", 2)[2]
        assert not any(secret in str(record.__dict__) for record in caplog.records)
