"""Flat answers: one object whose members are the variables, the time beside them. What is not there is not made up."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from telemetry_service.providers.engine.extract import Record, read_all, read_records
from telemetry_service.providers.engine.jsonpath import read_json
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.presets import override, preset
from tests.telemetry_service.providers.conftest import Open

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ROW = parse_row({"base_url": "https://api.example.cl", **preset("twin-draft")})
KEYS = {name: name for name in ("flow", "total", "level", "pulses")}
AT = "2026-01-02T11:00:00Z"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.dictionaries(st.sampled_from([*KEYS, "timestamp", "device_id", "otra"]), JSON, max_size=7)


def read(document: Any) -> dict[str, Record]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {one.key: one for one in read_records(ROW.extract, read_json(text.encode()), keys=KEYS, values={})}


def test_each_member_is_a_reading_at_the_time_beside_it() -> None:
    found = read(f'{{"device_id": 7, "flow": 12.50, "total": "91755", "level": -2, "timestamp": "{AT}"}}')
    assert {key: one.value for key, one in found.items()} == {"flow": "12.50", "total": "91755", "level": "-2"}
    assert {one.device_time for one in found.values()} == {datetime(2026, 1, 2, 11, tzinfo=UTC)}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"timestamp": AT},
        {"flow": None, "timestamp": AT},
        {"flow": 5},
        {"flow": 5, "timestamp": None},
        {"flow": 5, "timestamp": "ayer"},
        {"flow": 5, "timestamp": 1767225600},
        {"flow": {"value": 5}, "timestamp": AT},
        {"flow": "falla", "timestamp": AT},
        {"flow": True, "timestamp": AT},
        [5],
        5,
        "null",
    ],
)
def test_what_is_not_there_is_neither_0_nor_now(document: Any) -> None:
    for record in read(document).values():
        assert record.value is None or record.device_time is None


@given(MEMBERS)
def test_whatever_the_object_holds_only_its_own_numbers_come_out(document: dict[str, Any]) -> None:
    for key, record in read(document).items():
        assert key in document
        if record.value is not None:
            assert float(record.value) == float(document[key])
            assert record.device_time is not None
            assert record.device_time.tzinfo is UTC
        if document[key] is None:
            assert (record.value, record.device_time, record.trouble) == (None, None, "")


@given(MEMBERS)
def test_what_the_device_offers_is_what_could_be_read(document: dict[str, Any]) -> None:
    offered = {key for key, _ in read_all(ROW.extract, read_json(json.dumps(document).encode()), values={})}
    assert offered <= set(document)
    assert {key for key, one in read(document).items() if one.value is not None} <= offered


def test_all_keys_are_one_request(httpserver: HTTPServer, open_session: Open) -> None:
    answer = {"flow": 1, "level": 2, "timestamp": AT}
    httpserver.expect_request("/device/7/data", query_string="").respond_with_json(answer)
    opened = open_session("twin-draft", credentials={"api_key": "clave-000"})
    poll = opened.latest({"device": "7"}, ["flow", "total", "level"], NOW)
    assert ({one.key for one in poll.readings}, poll.requests) == ({"flow", "level"}, 1)
    assert httpserver.log[0][0].headers["Authorization"] == "Bearer clave-000"


def test_nested_members_are_read_by_a_longer_path(httpserver: HTTPServer, open_session: Open) -> None:
    inside = {"extract": {"records": "$.data.*", "key": "path[1]", "time": "$.data.at"}}
    httpserver.expect_request("/device/7/data").respond_with_json({"data": {"flow": 1, "at": AT}, "flow": 99})
    opened = open_session("twin-draft", inside, credentials={"api_key": "clave-000"})
    (reading,) = opened.latest({"device": "7"}, ["flow"], NOW).readings
    assert (reading.value, reading.device_time) == ("1", datetime(2026, 1, 2, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("twin-draft", "Authorization", "Bearer clave-000"),
        ("nettra-draft", "Authorization", "Basic Y2xhdmUtMDAwOmNsYXZlLTAwMA=="),
        ("novus-draft", "Authorization", "Token clave-000"),
        ("tago-draft", "Device-Token", "7"),
        ("tdata-draft", "X-API-Key", "clave-000"),
        ("thingsio-draft", "Device-ID", "7"),
    ],
)
def test_each_draft_shows_who_it_is_in_its_own_way(
    httpserver: HTTPServer, open_session: Open, name: str, header: str, value: str
) -> None:
    row = parse_row({"base_url": "https://api.example.cl", **preset(name)})
    opened = open_session(name, credentials=dict.fromkeys(row.credentials, "clave-000"))
    opened.latest(dict.fromkeys((param.name for param in row.params), "7"), ["flow"], NOW)
    assert httpserver.log[0][0].headers[header] == value


@pytest.mark.parametrize(("name", "read_s", "retries"), [
    ("twin-draft", 30, 3), ("nettra-draft", 45, 2), ("novus-draft", 60, 4),
    ("tago-draft", 30, 3), ("tdata-draft", 40, 2), ("thingsio-draft", 35, 3),
])  # fmt: skip
def test_the_drafts_patience_is_theirs(name: str, read_s: float, retries: int) -> None:
    limits = parse_row({"base_url": "https://api.example.cl", **preset(name)}).limits
    assert (limits.read_s, len(limits.backoff_s)) == (read_s, retries)


def test_a_provider_without_a_newest_value_is_asked_for_a_span(httpserver: HTTPServer, open_session: Open) -> None:
    """KELLER: the last two days, of which the newest counts."""
    values = [{"time": "2026-01-02T10:00:00", "value": 0.97}, {"time": "2026-01-02T11:00:00", "value": 0.98}]
    httpserver.expect_request("/v1/Measurements").respond_with_json({"values": values})
    opened = open_session("keller", credentials={"access_token": "acceso-000"})
    poll = opened.latest({"device": "2128"}, ["7"], NOW)
    said = httpserver.log[0][0]
    assert (said.args["start"], said.args["end"]) == ("2025-12-31T12:00:00.000Z", "2026-01-02T12:00:00.000Z")
    assert (said.args["measurementDefinitionId"], said.args["isFiltered"]) == ("7", "false")
    assert said.headers["userOid"] == "acceso-000"
    assert poll.by_key() == {"7": datetime(2026, 1, 2, 11, tzinfo=UTC)}


def test_a_row_of_ones_own_may_ask_for_all_and_name_them_in_each_record() -> None:
    changes = {"latest": {"query": None, "batch": {"keys": "all", "max_keys": 3}}, "history": None}
    row = parse_row(override(preset("tago"), changes))
    assert (row.latest.gives_all, row.latest.most_keys) == (True, 3)
