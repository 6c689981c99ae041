from typing import Any

import jwt
import pytest
from rest_framework.test import APIClient

from core_service.users.models import User
from shared.testing import api_client

pytestmark = pytest.mark.django_db
TOKEN, REFRESH, LOGOUT = "/api/auth/token", "/api/auth/token/refresh", "/api/auth/logout"
RIGHT = {"email": "duena@example.cl", "password": "Agua-clara-2026"}


@pytest.fixture
def client() -> APIClient:
    return APIClient()


def post(client: APIClient, path: str, body: object, **headers: Any) -> Any:
    return client.post(path, body, format="json", headers=headers)


def test_log_in_refresh_log_out(client: APIClient, owner: User) -> None:
    answer = post(client, TOKEN, RIGHT)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert set(answer.json()) == {"access", "refresh", "expires_in"}
    me = api_client(answer.json()["access"]).get("/api/users/me/").json()
    assert (me["id"], me["email"], me["is_staff"]) == (str(owner.id), "duena@example.cl", False)
    again = post(client, REFRESH, {"refresh": answer.json()["refresh"]})
    assert again.status_code == 200
    assert post(client, LOGOUT, {"refresh": again.json()["refresh"]}).status_code == 204
    assert post(client, REFRESH, {"refresh": again.json()["refresh"]}).status_code == 401


def test_a_wrong_password_is_not_echoed(client: APIClient, owner: User) -> None:
    answer = post(client, TOKEN, {**RIGHT, "password": "Agua-turbia-1999"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert "turbia" not in answer.content.decode()
    unknown = post(client, TOKEN, {**RIGHT, "email": "nobody@example.cl"})
    assert unknown.json()["detail"] == answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (TOKEN, {**RIGHT, "email": "duena"}, "email"),
        (TOKEN, {"email": "duena@example.cl"}, "password"),
        (TOKEN, {**RIGHT, "password": ["x"]}, "password"),
        (TOKEN, {**RIGHT, "password": "x" * 129}, "password"),
        (TOKEN, {**RIGHT, "user": "x"}, "user"),
        (REFRESH, {}, "refresh"),
        (REFRESH, {"refresh": 3, "grant": "x"}, "grant"),
        (LOGOUT, {"refresh": None}, "refresh"),
    ],
)
def test_a_bad_field_is_named(client: APIClient, path: str, body: object, field: str) -> None:
    answer = post(client, path, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert set(errors) == {field}
    assert errors[field]["expected"]
    assert field != "password" or errors[field]["received"] in {None, "***"}


@pytest.mark.parametrize("body", [[], "x", None])
def test_a_body_that_is_no_object(client: APIClient, body: object) -> None:
    assert post(client, TOKEN, body).status_code == 400


def test_an_old_token_in_the_header_does_not_stop_a_log_in(client: APIClient, owner: User) -> None:
    assert post(client, TOKEN, RIGHT, Authorization="Bearer expired").status_code == 200


def test_too_many_tries_wait(client: APIClient, owner: User) -> None:
    wrong = {**RIGHT, "password": "x"}
    assert {post(client, TOKEN, {**wrong, "email": f"{'D' if n % 2 else 'd'}uena@example.cl"}).status_code
            for n in range(20)} == {401}  # fmt: skip
    answer = post(client, TOKEN, RIGHT)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert int(answer["Retry-After"]) <= 61
    elsewhere = post(client, TOKEN, RIGHT, **{"X-Forwarded-For": "203.0.113.5"})
    assert elsewhere.status_code == 200


def test_a_made_up_address_does_not_help(client: APIClient, owner: User) -> None:
    """The proxy adds the address that it saw at the end; what stands before it anybody may write."""
    for n in range(20):
        post(client, TOKEN, {**RIGHT, "password": "x"}, **{"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"})
    answer = post(client, TOKEN, RIGHT, **{"X-Forwarded-For": "10.0.0.99, 203.0.113.9"})
    assert answer.status_code == 429


def test_with_the_cache_away_people_enter(client: APIClient, owner: User, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "shared.web.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert post(client, TOKEN, RIGHT).status_code == 200


def test_the_published_key_checks_a_token(client: APIClient, owner: User) -> None:
    keys = jwt.PyJWKSet.from_dict(client.get("/api/auth/jwks.json").json()).keys
    token = post(client, TOKEN, RIGHT).json()["access"]
    assert jwt.decode(token, keys[0].key, algorithms=["EdDSA"], audience="telemetry")["sub"] == str(owner.id)
