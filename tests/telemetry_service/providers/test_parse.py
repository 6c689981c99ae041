"""A row is refused by the path of the wrong key, with what would be right."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.presets import override, preset


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bas_url": "https://x.cl"}, "bas_url"),
        ({"base_url": None}, "base_url"),
        ({"base_url": "ftp://x.cl"}, "base_url"),
        ({"base_url": "https://ops:clave@x.cl"}, "base_url"),
        ({"base_url": "https://{point.device}.cl"}, "base_url"),
        ({"base_url": "https://x.cl:99999"}, "base_url"),
        ({"params": {"Device": {}}}, "params.Device"),
        ({"params": {"device": {"type": "integer"}}}, "params.device.type"),
        ({"params": {"device": None}}, "params.device"),
        ({"auth": {"type": "oauth"}}, "auth.type"),
        ({"auth": {"modes": {"login": {"login": {"path": "login"}}}}}, "auth.modes.login.login.path"),
        ({"auth": {"modes": {"login": {"apply": {"query": "token"}}}}}, "auth.modes.login.apply"),
        ({"auth": {"modes": {"login": {"apply": {"header": "X Auth"}}}}}, "auth.modes.login.apply.header"),
        ({"auth": {"modes": {"login": {"token": "$.5"}}}}, "auth.modes.login.token"),
        ({"latest": {"method": "DELETE"}}, "latest.method"),
        ({"latest": {"path": "/x?y=1"}}, "latest.path"),
        ({"latest": {"query": {"keys": "{variable.keys|upper}"}}}, "latest.query.keys"),
        ({"latest": {"query": {"keys": "{variable.key}"}}}, "latest.batch"),
        ({"latest": {"batch": {"keys": "semicolon"}}}, "latest.batch.keys"),
        ({"history": {"page": {"kind": "offset"}}}, "history.page.kind"),
        ({"history": {"page": {"limit": 0}}}, "history.page.limit"),
        ({"history": {"page": {"limit": True}}}, "history.page.limit"),
        ({"history": {"max_window": "31 days"}}, "history.max_window"),
        ({"history": {"keeps": "a year"}}, "history.keeps"),
        ({"extract": {"records": "$[?match(@.a, 'b')]"}}, "extract.records"),
        ({"extract": {"value": None}}, "extract.value"),
        ({"extract": {"key": "{variable.key}"}}, "extract.key"),
        ({"time": {"formats": ["iso"]}}, "time.formats[0]"),
        ({"time": {"formats": []}}, "time.formats"),
        ({"time": {"assume_tz": "Chile"}}, "time.assume_tz"),
        ({"value": {"null_is": "zero"}}, "value.null_is"),
        ({"value": {"null_discards_time": False}}, "value.null_discards_time"),
        ({"empty": {"is": "zero"}}, "empty.is"),
        ({"envelope": {"ok": {"path": "$.status"}}}, "envelope.ok.equals"),
        ({"errors": [{"status": [429], "action": "panic"}]}, "errors[0].action"),
        ({"errors": [{"status": [999], "action": "retry"}]}, "errors[0].status[0]"),
        ({"errors": [{"status": [200], "action": "no_data"}]}, "errors[0].status"),
        (
            {"errors": [{"status": [429], "action": "rate_limited", "wait": {"regex_in_message": "(a+)+$"}}]},
            "errors[0].wait.regex_in_message",
        ),
        ({"limits": {"rate": "fast"}}, "limits.rate"),
        ({"limits": {"concurrency": 0}}, "limits.concurrency"),
        ({"limits": {"timeout_s": {"read": 9999}}}, "limits.timeout_s.read"),
        ({"cursor": {"lookback": "2h"}}, "cursor.lookback"),
        ({"engine": "python"}, "engine"),
        ({"engine": ["http-poll/1"]}, "engine"),
        ({"title": 7}, "title"),
        ({"legacy": "no"}, "legacy"),
        ({"params": {"device": {"secret": None}}}, "params.device.secret"),
        ({"latest": {"query": {"keys": "5001"}}}, "latest.batch"),
        ({"latest": {"query": {"token": "abc"}}}, "latest.query.token"),
        ({"latest": {"query": {"from": "{window.start|iso}"}}}, "latest.query.from"),
        ({"latest": {"query": {"from": "{session.token}"}}}, "latest.query.from"),
        ({"latest": {"window": "P2D"}}, "latest"),
        ({"latest": {"json": {"a": "b"}}}, "latest.json"),
        ({"history": {"query": {"startTs": None}}}, "history"),
        ({"history": {"query": {"limit": None}}}, "history"),
        ({"history": {"page": {"kind": "none"}}}, "history.page.order"),
        ({"discovery": {"keys": "[*]"}}, "discovery.keys"),
        ({"auth": {"mode": "token"}}, "auth.mode"),
        ({"auth": {"mode": None}}, "auth.mode"),
        ({"auth": {"type": "header", "apply": {"header": "X-Key", "value": "abc"}}}, "auth.apply.value"),
        ({"auth": {"modes": {"login": {"apply": {"value": "Bearer {cred.x}"}}}}}, "auth.modes.login.apply.value"),
        (
            {"auth": {"modes": {"login": {"login": {"json": {"password": "x"}}}}}},
            "auth.modes.login.login.json.password",
        ),
        ({"auth": {"modes": {"login": {"refresh_token": None}}}}, "auth.modes.login.refresh_token"),
        ({"auth": {"modes": {"login": {"refresh": None}}}}, "auth.modes.login.refresh"),
        ({"auth": {"modes": {"login": {"refresh": {"json": None}}}}}, "auth.modes.login.refresh"),
        ({"extract": {"time_in": "answer"}}, "extract.time_in"),
        ({"extract": {"key": "pth[0]"}}, "extract.key"),
        ({"value": {"coerce": []}}, "value.coerce"),
        ({"value": None}, "value"),
        ({"errors": None}, "errors"),
        ({"errors": [{"status": [404], "action": "no_data", "wait": {"header": "Retry-After"}}]}, "errors[0].wait"),
        (
            {"errors": [{"status": [400, 404], "action": "config"}, {"status": [404], "action": "no_data"}]},
            "errors[1].status",
        ),
        ({"envelope": {"message": None}}, "envelope"),
        ({"limits": {"rate": None}}, "limits.rate"),
        ({"limits": {"timeout_s": None}}, "limits.timeout_s"),
        ({"limits": {"min_period": 3600}}, "limits.min_period"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_row(override(preset("tdata"), changes))
    (error,) = caught.value.errors
    assert error.field == field
    assert error.expected


def test_nothing_of_auth_is_echoed() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_row(
            override(preset("tdata"), {"auth": {"modes": {"login": {"apply": {"value": "Bearer {clave-secreta}"}}}}})
        )
    assert caught.value.errors[0].received == "***"


def test_a_secret_of_the_request_is_not_echoed_either() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_row(override(preset("tdata"), {"latest": {"query": {"api_key": "clave-secreta"}}}))
    assert caught.value.errors[0].received == "***"


def test_null_is_no_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_row({**preset("tdata"), "history": None})
    assert caught.value.errors[0].field == "history"


def test_overrides_merge_and_null_removes() -> None:
    row = parse_row(override(preset("tdata"), {"limits": {"rate": "250/min"}, "history": None}))
    assert row.limits.per_second == pytest.approx(250 / 60)
    assert row.limits.concurrency == 4
    assert row.history is None


def test_an_auth_of_another_type_takes_the_place_of_the_presets() -> None:
    changes = {"auth": {"type": "basic", "username": "{cred.user}", "password": "{cred.password}"}}
    row = parse_row(override(preset("tdata"), changes))
    assert row.credentials == {"user", "password"}
    assert row.auth.login is None


@pytest.mark.parametrize("wait", [{}, {"wait": {}}, {"wait": {"header": "Retry-After"}}])
@pytest.mark.parametrize("action", ["rate_limited", "retry"])
def test_the_usual_header_need_not_be_named(action: str, wait: dict[str, Any]) -> None:
    (rule,) = parse_row(override(preset("tdata"), {"errors": [{"status": [429], "action": action, **wait}]})).errors
    assert (rule.wait_header, rule.wait_before) == ("Retry-After", None)


def test_the_limit_can_be_named_apart() -> None:
    page = {"page": {"limit": 50, "limit_param": "cuantos"}}
    row = parse_row(override(preset("thingsio"), {"history": page}))
    assert row.history is not None
    assert dict(row.history.request.query)["cuantos"].text == "{page.limit}"


def test_how_far_a_history_goes_back_is_said_or_unknown() -> None:
    kept = parse_row(override(preset("tago"), {"history": {"keeps": "P30D"}})).history
    assert kept is not None
    assert kept.keeps == timedelta(days=30)
    unknown = parse_row(preset("tago")).history
    assert unknown is not None
    assert unknown.keeps is None


# ruff: noqa: E501 a row reads best as it is written in the documentation


def test_the_row_of_the_documentation_is_accepted() -> None:
    row = {
        "base_url": "https://api.example.cl",
        "params": {"device": {"type": "string", "secret": False}, "thing_token": {"type": "string", "secret": True}},
        "auth": {
            "type": "login",
            "login": {"method": "POST", "path": "/login", "json": {"username": "{cred.username}", "password": "{cred.password}"}},
            "refresh": {"method": "POST", "path": "/token", "json": {"refreshToken": "{session.refresh}"}},
            "token": "$.token",
            "refresh_token": "$.refreshToken",
            "expires": {"from": "jwt_exp", "margin_s": 60, "min_s": 300, "fallback_s": 3300},
            "apply": {"header": "Authorization", "value": "Bearer {session.token}"},
        },
        "latest": {"method": "GET", "path": "/v", "query": {"k": "{variable.keys}"}, "batch": {"keys": "comma", "max_keys": 50}},
        "history": {
            "method": "GET",
            "path": "/v",
            "query": {"k": "{variable.key}", "startTs": "{window.start|epoch_ms}", "endTs": "{window.end|epoch_ms}"},
            "page": {"kind": "time", "order": "auto", "limit": 10000, "limit_param": "limit", "granularity_ms": 1, "max_pages": 200},
            "max_window": "P31D",
        },
        "extract": {"records": "$.result[*]", "key": "$.variable", "value": "$.value", "time": "$.time", "unit": "$.unit", "id": "$.id"},
        "time": {"formats": ["iso8601"], "assume_tz": "UTC"},
        "value": {"coerce": ["number", "numeric_string", "bool"], "null_is": "no_data", "null_discards_time": True},
        "empty": {"is": "no_data"},
        "envelope": {"ok": {"path": "$.status", "equals": True}, "message": "$.message"},
        "errors": [
            {"status": [429], "action": "rate_limited", "wait": {"header": "Retry-After", "regex_in_message": "Retry-After: (\\d+)"}},
            {"status": [401], "action": "refresh_then_retry"},
            {"status": [403], "action": "auth_failed"},
            {"status": [404], "action": "no_data"},
            {"status": [500, 502, 503, 504], "action": "retry"},
        ],
        "limits": {"rate": "5/s", "concurrency": 4, "timeout_s": {"connect": 5, "read": 15}, "retries": 3, "backoff_s": [1, 2, 4], "jitter": 0.2, "scope": "account"},
        "cursor": {"field": "time", "lookback": "PT2H", "backfill_start": "P7D"},
    }  # fmt: skip
    assert parse_row(row).limits.backoff_s == (1.0, 2.0, 4.0)
