"""An account's session over real HTTP: tokens, errors with a class, and what it must never say."""

import base64
import gzip
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.providers.engine.results import FailureClass, Poll
from tests.telemetry_service.providers.conftest import Open, Opened

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DEVICE = {"device": "8f1d2c30-0000-11f0-8fb8-2ba44d87275b"}
VALUES = "/api/plugins/telemetry/DEVICE/8f1d2c30-0000-11f0-8fb8-2ba44d87275b/values/timeseries"
TOKEN = {"token": "00000000-2ec4-11e6-a77d-991b8f63b767"}
THING = {"thing_token": "thing-token-000_segura"}


def jwt(expires_at: datetime, mark: str = "") -> str:
    """A token of ThingsBoard's shape; nobody checks its signature here."""
    claims = json.dumps({"iss": "thingsboard.io", "exp": int(expires_at.timestamp()), "sessionId": mark})
    return f"header.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.signature"


def login_body(mark: str = "1", lives: timedelta = timedelta(hours=2)) -> dict[str, str]:
    return {"token": jwt(NOW + lives, mark), "refreshToken": f"renovacion-{mark}"}


def latest(session: Opened, params: dict[str, str], *keys: str) -> Poll:
    return session.latest(params, keys, NOW)


def logged_in(server: HTTPServer) -> None:
    server.expect_request("/api/auth/login", method="POST").respond_with_json(login_body())


def test_latest_of_several_keys_is_one_call(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    answer = {"5001": [{"ts": 1767225600000, "value": "42.5"}], "5003": [{"ts": 1767225600000, "value": 42500}]}
    httpserver.expect_request(VALUES, query_string="keys=5001%2C5003").respond_with_json(answer)
    poll = latest(open_session("tdata"), DEVICE, "5001", "5003")
    assert poll.failure is None
    assert [(one.key, one.value, one.device_time.isoformat()) for one in poll.readings] == [
        ("5001", "42.5", "2026-01-01T00:00:00+00:00"),
        ("5003", "42500", "2026-01-01T00:00:00+00:00"),
    ]
    assert [request.path for request, _ in httpserver.log] == ["/api/auth/login", VALUES]
    sent = httpserver.log[0][0].get_json()
    assert sent == {"username": "ops@example.cl", "password": "secreto-de-prueba"}
    assert httpserver.log[1][0].headers["X-Authorization"] == f"Bearer {login_body()['token']}"


def test_a_null_with_the_time_of_now_is_no_data(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    answer = {"5001": [{"ts": int(NOW.timestamp() * 1000), "value": None}]}
    httpserver.expect_request(VALUES).respond_with_json(answer)
    poll = latest(open_session("tdata"), DEVICE, "5001")
    assert poll.outcome == "no_data"
    assert poll.readings == []
    assert poll.by_key() == {}


def test_the_token_is_kept_between_polls(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    httpserver.expect_request(VALUES).respond_with_json({})
    session = open_session("tdata")
    for _ in range(3):
        assert latest(session, DEVICE, "5001").outcome == "no_data"
    assert [request.path for request, _ in httpserver.log].count("/api/auth/login") == 1


def test_an_expired_token_is_refreshed_exactly_once(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    fresh = login_body("2")
    httpserver.expect_request("/api/auth/token", json={"refreshToken": "renovacion-1"}).respond_with_json(fresh)

    def values(request: Request) -> Response:
        if request.headers["X-Authorization"] == f"Bearer {fresh['token']}":
            return Response('{"5001":[{"ts":1767225600000,"value":"1"}]}', 200)
        return Response('{"status":401,"message":"Token has expired","errorCode":11}', 401)

    httpserver.expect_request(VALUES).respond_with_handler(values)
    session = open_session("tdata")
    assert latest(session, DEVICE, "5001").outcome == "ok"
    assert latest(session, DEVICE, "5001").outcome == "ok"
    paths = [request.path for request, _ in httpserver.log]
    assert paths == ["/api/auth/login", VALUES, "/api/auth/token", VALUES, VALUES]
    # The refresh goes without the token that expired.
    assert "X-Authorization" not in httpserver.log[2][0].headers


def test_a_refused_refresh_logs_in_again(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_ordered_request("/api/auth/login").respond_with_json(login_body("1"))
    httpserver.expect_ordered_request(VALUES).respond_with_json({"errorCode": 11}, status=401)
    httpserver.expect_ordered_request("/api/auth/token").respond_with_json({"errorCode": 10}, status=401)
    httpserver.expect_ordered_request("/api/auth/login").respond_with_json(login_body("2"))
    httpserver.expect_ordered_request(VALUES).respond_with_json({})
    assert latest(open_session("tdata"), DEVICE, "5001").outcome == "no_data"


def test_a_token_that_ends_soon_is_renewed_before_it_fails(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_ordered_request("/api/auth/login").respond_with_json(login_body("1"))
    httpserver.expect_ordered_request(VALUES).respond_with_json({})
    httpserver.expect_ordered_request("/api/auth/token").respond_with_json(login_body("2", timedelta(hours=9)))
    httpserver.expect_ordered_request(VALUES).respond_with_json({})
    session = open_session("tdata")
    latest(session, DEVICE, "5001")
    later = session.latest(DEVICE, ["5001"], NOW + timedelta(hours=1, minutes=59, seconds=30))
    assert later.failure is None


def test_a_wrong_password_is_an_auth_failure_without_a_second_try(httpserver: HTTPServer, open_session: Open) -> None:
    body = {"status": 401, "message": "Invalid username or password secreto-de-prueba", "errorCode": 10}
    httpserver.expect_request("/api/auth/login").respond_with_json(body, status=401)
    poll = latest(open_session("tdata"), DEVICE, "5001")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.AUTH
    assert poll.failure.status == 401
    assert "Invalid username or password ***" in poll.failure.message
    assert len(httpserver.log) == 1


def test_an_api_key_in_place_of_the_login(httpserver: HTTPServer, open_session: Open) -> None:
    value = {"type": "header", "apply": {"header": "X-Authorization", "value": "ApiKey {cred.password}"}}
    httpserver.expect_request(VALUES, headers={"X-Authorization": "ApiKey secreto-de-prueba"}).respond_with_json({})
    assert latest(open_session("tdata", {"auth": value}), DEVICE, "5001").outcome == "no_data"
    assert len(httpserver.log) == 1


def test_the_entity_has_a_default_and_can_be_said(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    httpserver.expect_request(VALUES.replace("DEVICE", "ASSET")).respond_with_json({})
    assert latest(open_session("tdata"), {**DEVICE, "entity": "ASSET"}, "5001").outcome == "no_data"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, "<html><body>Bad gateway</body></html>", FailureClass.TRANSIENT),
        (200, "<html>mantenimiento</html>", FailureClass.PARSE),
        (200, '{"5001":[{"ts":17672', FailureClass.PARSE),
        (200, "", FailureClass.PARSE),
        (404, '{"status":404,"message":"no existe","errorCode":32}', FailureClass.CONFIG),
        (403, '{"status":403,"message":"permiso","errorCode":20}', FailureClass.AUTH),
        (429, '{"status":429,"message":"demasiadas","errorCode":33}', FailureClass.RATE_LIMITED),
        (418, "{}", FailureClass.CONFIG),
        (500, '{"errorCode":2}', FailureClass.TRANSIENT),
    ],
)
def test_a_failure_has_a_class_and_is_never_a_number(
    httpserver: HTTPServer, open_session: Open, status: int, body: str, kind: FailureClass
) -> None:
    logged_in(httpserver)
    httpserver.expect_request(VALUES).respond_with_data(body, status=status, content_type="text/html")
    poll = latest(open_session("tdata"), DEVICE, "5001")
    assert poll.failure is not None
    assert (poll.failure.kind, poll.failure.status, poll.readings, poll.searched) == (kind, status, [], {})


def test_a_gateway_that_fails_for_a_moment_is_asked_again(httpserver: HTTPServer, open_session: Open) -> None:
    logged_in(httpserver)
    httpserver.expect_oneshot_request(VALUES).respond_with_data("<html>", status=502)
    httpserver.expect_request(VALUES).respond_with_json({"5001": [{"ts": 1767225600000, "value": "1"}]})
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    assert latest(open_session("tdata", pause=pause), DEVICE, "5001").outcome == "ok"
    assert len(pauses) == 1
    assert 1 <= pauses[0] <= 1.2


def test_an_object_where_a_number_belongs_is_a_failure(httpserver: HTTPServer, open_session: Open) -> None:
    answer = [{"value": {"lat": 1}, "datetime": "2026-01-01T00:00:00.000Z"}]
    httpserver.expect_request("/things/thing-token-000_segura/resources/caudal").respond_with_json(answer)
    poll = latest(open_session("thingsio"), THING, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.PARSE


def test_thethings_has_nothing_where_it_says_404(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/things/thing-token-000_segura/resources/caudal").respond_with_json(
        {"status": "error", "code": 404, "message": "Not found"}, status=404
    )
    assert latest(open_session("thingsio"), THING, "caudal").outcome == "no_data"


def test_thethings_without_a_time_gives_no_reading(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/things/thing-token-000_segura/resources/caudal").respond_with_json([{"value": 3}])
    poll = latest(open_session("thingsio"), THING, "caudal")
    assert poll.outcome == "failed"
    assert poll.readings == []


def test_tago_says_how_long_to_wait_inside_its_message(httpserver: HTTPServer, open_session: Open) -> None:
    body = {"status": False, "message": "Too many requests (Retry-After: 8)"}
    httpserver.expect_request("/data").respond_with_json(body, status=429)
    poll = latest(open_session("tago"), TOKEN, "caudal", "total")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.RATE_LIMITED
    assert poll.failure.wait_s == 8
    assert len(httpserver.log) == 1  # the other key is not asked for: the account waits


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Authorization Denied", FailureClass.AUTH),
        ("Invalid Device Token", FailureClass.AUTH),
        ("Algo", FailureClass.TRANSIENT),
    ],
)
def test_tago_can_fail_with_http_200(
    httpserver: HTTPServer, open_session: Open, message: str, kind: FailureClass
) -> None:
    httpserver.expect_request("/data").respond_with_json({"status": False, "message": message})
    poll = latest(open_session("tago"), TOKEN, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is kind


def test_tago_lower_cases_names_and_gives_units_and_status_codes(httpserver: HTTPServer, open_session: Open) -> None:
    record = {"id": "1", "variable": "caudal", "value": -5, "unit": "l/s", "time": "2026-01-01T00:00:00.500Z"}
    httpserver.expect_request("/data", query_string="variable=caudal&query=last_value").respond_with_json(
        {"status": True, "result": [record]}
    )
    (reading,) = latest(open_session("tago"), TOKEN, "Caudal").readings
    assert (reading.key, reading.value, reading.unit) == ("Caudal", "-5", "l/s")
    assert httpserver.log[0][0].headers["Device-Token"] == TOKEN["token"]


def test_a_redirect_to_another_host_is_refused(httpserver: HTTPServer, open_session: Open) -> None:
    elsewhere = {"Location": "https://example.org/data"}
    httpserver.expect_request("/data").respond_with_data("", status=302, headers=elsewhere)
    poll = latest(open_session("tago"), TOKEN, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG
    assert "example.org" in poll.failure.message


def test_a_redirect_within_the_host_is_followed(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/data").respond_with_data("", status=301, headers={"Location": "/data/"})
    httpserver.expect_request("/data/").respond_with_json({"status": True, "result": []})
    assert latest(open_session("tago"), TOKEN, "caudal").outcome == "no_data"


def test_redirects_end(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/data").respond_with_data("", status=301, headers={"Location": "/data"})
    poll = latest(open_session("tago"), TOKEN, "caudal")
    assert poll.failure is not None
    assert len(httpserver.log) == 4


def test_a_body_has_a_limit_even_when_it_unpacks_to_more(httpserver: HTTPServer, open_session: Open) -> None:
    bomb = gzip.compress(b" " * 3_000_000)
    httpserver.expect_request("/data").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    poll = latest(open_session("tago", {"limits": {"max_bytes": 100_000}}), TOKEN, "caudal")
    assert poll.failure is not None
    assert "bytes" in poll.failure.message


def test_a_private_host_is_refused_before_anything_is_sent(httpserver: HTTPServer, open_session: Open) -> None:
    poll = latest(open_session("tago", allow=[]), TOKEN, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG
    assert httpserver.log == []


@pytest.mark.parametrize("address", ["http://169.254.169.254", "https://10.0.0.1", "https://[::1]", "http://8.8.8.8"])
def test_neither_metadata_nor_private_nor_plain(open_session: Open, address: str) -> None:
    poll = latest(open_session("tago", {"base_url": address}, allow=[]), TOKEN, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG


def test_plain_http_for_a_row_that_says_so_still_guards_private_hosts(open_session: Open) -> None:
    changes = {"base_url": "http://10.0.0.1", "allow_http": True}
    poll = latest(open_session("tago", changes, allow=[]), TOKEN, "caudal")
    assert poll.failure is not None
    assert "privada" in poll.failure.message


def test_nobody_there_is_transient(open_session: Open) -> None:
    poll = latest(open_session("tago", {"base_url": "http://127.0.0.1:9"}), TOKEN, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.TRANSIENT


def test_a_secret_is_in_no_log_error_or_description(
    httpserver: HTTPServer, open_session: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/things/thing-token-000_segura/resources/caudal").respond_with_json(
        {"message": "bad token thing-token-000_segura"}, status=401
    )
    session = open_session("thingsio")
    window = {"caudal": NOW - timedelta(hours=1)}
    refused = session.history(THING, window, end=NOW)
    unreachable = latest(open_session("thingsio", {"base_url": "http://127.0.0.1:9"}), THING, "caudal")
    assert refused.failure is not None
    assert "***" in refused.last_request
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("werkzeug")]
    written = f"{refused} {unreachable} {refused.failure} {session.session!r} {ours}"
    assert "thing-token-000_segura" not in written


def test_the_answer_is_kept_byte_for_byte(httpserver: HTTPServer, open_session: Open) -> None:
    body = b'[ {"value": 15634640.0,\n"datetime":"2025-09-30T17:44:00.000Z"} ]'
    httpserver.expect_request("/things/thing-token-000_segura/resources/pulsos").respond_with_data(body)
    poll = latest(open_session("thingsio"), THING, "pulsos")
    assert poll.answers[0].body == body
    assert poll.readings[0].value == "15634640.0"
