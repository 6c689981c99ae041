from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.auth.api_keys import make_secret
from shared.testing import api_client, service_token, user_token


def errors_of(response: Any) -> dict[str, dict[str, Any]]:
    assert response["Content-Type"] == "application/problem+json"
    return {error["field"]: error for error in response.json()["errors"]}


def test_without_a_token_the_answer_says_how_to_send_one() -> None:
    response = APIClient().get("/numbers")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_missing_scope_is_named() -> None:
    response = api_client(user_token(scopes=["core:read"])).post("/echo", {"depth_m": 1}, format="json")
    assert (response.status_code, "core:write" in response.json()["detail"]) == (403, True)


def test_a_service_acts_under_its_own_name(settings: Any) -> None:
    settings.SERVICE_SCOPES = {"telemetry": ["core:write"]}
    response = api_client(service_token("telemetry")).post("/echo", {"depth_m": 1}, format="json")
    assert response.json() == {"by": "service:telemetry"}


def test_every_wrong_field_is_named_with_what_came() -> None:
    response = api_client(user_token()).post("/echo", {"depth_m": "deep", "depht": 3}, format="json")
    errors = errors_of(response)
    assert response.status_code == 400
    assert errors["depth_m"]["received"] == "deep"
    assert errors["depht"]["problem"] == "campo desconocido"
    assert "depth_m" in errors["depht"]["expected"]


def test_a_missing_field_says_what_is_expected() -> None:
    assert errors_of(api_client(user_token()).post("/echo", {}, format="json"))["depth_m"]["expected"] == "un valor"


def test_a_secret_is_not_echoed() -> None:
    response = api_client(user_token()).post("/echo", {"depth_m": 1, "password": "much-too-long"}, format="json")
    assert errors_of(response)["password"]["received"] == "***"
    assert "much-too-long" not in response.content.decode()


def test_a_device_key_where_none_belongs_is_not_echoed() -> None:
    """In a field that nobody knows, in one of another kind, and in the address."""
    text = make_secret().text
    client = api_client(user_token())
    answers = [
        client.post("/echo", {"depth_m": text, "clave": text, "lista": [text]}, format="json"),
        client.get(f"/numbers/{text}/"),
        client.get("/numbers", {"cursor": text}),
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 400]
    for answer in answers:
        assert text.split("_", 2)[2] not in answer.content.decode()
        assert f"stk_{text.split('_')[1]}_***" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"depth_m": NaN}',
        b'{"depth_m": 1, "depth_m": 2}',
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"depth_m": "\\ud800"}',
    ],
)
def test_a_body_that_cannot_be_read_is_a_400(body: bytes) -> None:
    response = api_client(user_token()).post("/echo", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")


def test_an_unexpected_error_is_a_500_that_tells_only_the_request_id(settings: Any) -> None:
    client = APIClient(raise_request_exception=False)
    response = client.get("/broken", headers={"X-Request-ID": "abcdef123456"})
    assert (response.status_code, response.json()["request_id"]) == (500, "abcdef123456")
    assert "on purpose" not in response.content.decode()


def test_an_unknown_address_is_a_problem_too() -> None:
    response = APIClient().get("/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_pages_go_on_where_the_last_one_ended() -> None:
    client, seen, cursor = api_client(user_token()), [], ""
    while cursor is not None:
        body = client.get("/numbers", {"cursor": cursor}).json()
        seen += body["results"]
        cursor = body["next"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "6"}, {"limit": "x"}, {"cursor": "%%"}, {"cursor": "e30"}])
def test_a_wrong_page_is_refused(query: dict[str, str]) -> None:
    response = api_client(user_token()).get("/numbers", query)
    assert (response.status_code, set(errors_of(response))) == (400, set(query))


def test_the_request_id_of_the_caller_is_kept_when_it_is_harmless() -> None:
    client = APIClient()
    assert client.get("/health", headers={"X-Request-ID": "abcdef123456"})["X-Request-ID"] == "abcdef123456"
    assert client.get("/health", headers={"X-Request-ID": "a\tb"})["X-Request-ID"] != "a\tb"
