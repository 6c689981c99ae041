"""From a row's JSON to a `Row`, or an InvalidInput that names the wrong key and what would be right."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.parse_auth import read_auth
from telemetry_service.providers.engine.parse_request import read_history, read_request
from telemetry_service.providers.engine.row import (
    Action,
    Condition,
    Envelope,
    ErrorRule,
    Extract,
    Limits,
    Param,
    Row,
)
from telemetry_service.providers.engine.templates import Template
from telemetry_service.providers.engine.times import READERS

SECTIONS = (
    "engine", "base_url", "allow_http", "params", "auth", "latest", "history", "extract", "time", "value",
    "empty", "envelope", "errors", "limits", "cursor",
)  # fmt: skip
PARAM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MATCH_PART = re.compile(r"path\[(\d)\]")
# Only literal text and one number: a free regular expression on a provider's text could hang.
WAIT_PATTERN = re.compile(r"([^\\()\[\]*+?{}|^$.]+)\(\\d\+\)")
RATE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)/(s|min)")
MOST_CONCURRENCY, MOST_PER_SECOND = 200, 2000
COERCIONS = {"number", "numeric_string", "bool"}


def parse_row(config: Mapping[str, Any]) -> Row:
    node = Node("", config).object(*SECTIONS)
    node.read("empty", lambda one: one.object("is").at("is").choice({"no_data"}), "no_data")
    node.read("engine", lambda one: one.choice({"http-poll/1"}), "http-poll/1")
    row = Row(
        base_url=_base_url(node.at("base_url")),
        allow_http=node.read("allow_http", Node.boolean, False),
        params=tuple(node.read("params", _params, ())),
        auth=read_auth(node.at("auth")),
        latest=read_request(node.at("latest")),
        history=node.read("history", read_history, None),
        extract=_extract(node),
        envelope=node.read("envelope", _envelope, None),
        errors=node.read("errors", lambda one: tuple(_error(item) for item in one.elements()), ()),
        limits=_limits(node),
        lookback=_cursor(node, "lookback", timedelta(hours=2)),
        backfill=_cursor(node, "backfill_start", timedelta(days=7)),
    )
    _check_params(node, row)
    return row


def _base_url(node: Node) -> str:
    text = node.text()
    try:
        parts = urlsplit(text)
        port_is_read = parts.port is None or parts.port > 0
    except ValueError:
        port_is_read = False
    plain = not (parts.query or parts.fragment or parts.username or "{" in text) if port_is_read else False
    if not plain or parts.scheme not in {"https", "http"} or not parts.hostname:
        node.refuse("no es una dirección", "https://servidor/…, sin usuario, parámetros ni plantillas")
    return text.rstrip("/")


def _params(node: Node) -> list[Param]:
    found = []
    for name, one in node.items():
        if not PARAM_NAME.fullmatch(name):
            one.refuse("no es un nombre de parámetro", "minúsculas, dígitos y _")
        one.object("type", "secret", "required", "description")
        one.read("type", lambda kind: kind.choice({"string"}), "string")
        found.append(Param(name, one.read("secret", Node.boolean, False), one.read("required", Node.boolean, True)))
    return found


def _extract(row: Node) -> Extract:
    node = row.at("extract").object("records", "key", "value", "time", "unit", "id")
    node.read("id", Node.jsonpath, None)  # known of some providers; our own key is (source, key, time)
    time = row.at("time").object("formats", "assume_tz")
    formats = tuple(one.choice(READERS) for one in time.at("formats").elements())
    if not formats:
        time.at("formats").refuse("está vacía", f"al menos uno de: {', '.join(READERS)}")
    return Extract(
        records=node.at("records").jsonpath(),
        key=_key(node.at("key")),
        value=node.at("value").jsonpath(),
        time=node.at("time").jsonpath(),
        unit=node.read("unit", Node.jsonpath, None),
        formats=formats,
        zone=time.read("assume_tz", _zone, ZoneInfo("UTC")),
        coerce=_coerce(row),
    )


def _key(node: Node) -> Any:
    text = node.text()
    part = MATCH_PART.fullmatch(text)
    if part:
        return int(part[1])
    return node.jsonpath() if text.startswith("$") else node.template()


def _zone(node: Node) -> ZoneInfo:
    try:
        return ZoneInfo(node.text())
    except (KeyError, ValueError, OSError):
        node.refuse("zona desconocida", "una zona IANA, como UTC o America/Santiago")


def _coerce(row: Node) -> frozenset[str]:
    node = row.maybe("value")
    if node is None:
        return frozenset(COERCIONS)
    node.object("coerce", "null_is", "null_discards_time")
    node.read("null_is", lambda one: one.choice({"no_data"}), "no_data")
    if not node.read("null_discards_time", Node.boolean, True):
        # ThingsBoard stamps a dead sensor's null with its own "now": the time of a null is never a reading's.
        node.at("null_discards_time").refuse("no puede ser false", "true")
    return node.read(
        "coerce", lambda one: frozenset(item.choice(COERCIONS) for item in one.elements()), frozenset(COERCIONS)
    )


def _envelope(node: Node) -> Envelope:
    node.object("ok", "message")
    ok = node.maybe("ok")
    if ok is not None:
        ok.object("path", "equals")
    return Envelope(
        ok=ok.at("path").jsonpath() if ok else None,
        equals=ok.at("equals").value if ok else None,
        message=node.read("message", Node.jsonpath, None),
    )


def _error(node: Node) -> ErrorRule:
    node.object("status", "action", "when", "wait")
    wait = node.maybe("wait")
    if wait is not None:
        wait.object("header", "regex_in_message")
    statuses = frozenset(one.integer(100, 599) for one in node.at("status").elements())
    when = node.read("when", _condition, None)
    if when is None and any(200 <= status < 300 for status in statuses):
        node.at("status").refuse("2xx solo es un error por lo que dice el cuerpo", "una condición en when")
    return ErrorRule(
        statuses=statuses,
        action=Action(node.at("action").choice(set(Action))),
        when=when,
        wait_header=wait.read("header", Node.header_name, None) if wait else None,
        wait_before=wait.read("regex_in_message", _wait_before, None) if wait else None,
    )


def _condition(node: Node) -> Condition:
    node.object("path", "in", "contains")
    return Condition(
        path=node.at("path").jsonpath(),
        one_of=node.read("in", lambda one: tuple(str(item.value) for item in one.elements()), ()),
        contains=node.read("contains", lambda one: tuple(item.text().lower() for item in one.elements()), ()),
    )


def _wait_before(node: Node) -> str:
    found = WAIT_PATTERN.fullmatch(node.text())
    if not found:
        node.refuse("patrón no admitido", r"texto literal seguido de (\d+), como «Retry-After: (\d+)»")
    return found[1]


def _limits(row: Node) -> Limits:
    node = row.read("limits", lambda one: one, Node("limits", {}))
    node.object(
        "rate", "concurrency", "timeout_s", "retries", "backoff_s", "jitter", "scope", "max_bytes", "max_records"
    )
    node.read("scope", lambda one: one.choice({"account"}), "account")
    timeout = node.read("timeout_s", lambda one: one, Node("limits.timeout_s", {})).object("connect", "read")
    tries = node.read("retries", lambda one: one.integer(0, 5), 2)
    pauses = node.read("backoff_s", lambda one: [item.number(0, 60) for item in one.elements()], [1.0, 2.0, 4.0])
    return Limits(
        per_second=node.read("rate", _rate, 5.0),
        concurrency=node.read("concurrency", lambda one: one.integer(1, MOST_CONCURRENCY), 4),
        connect_s=timeout.read("connect", lambda one: one.number(0.1, 60), 5.0),
        read_s=timeout.read("read", lambda one: one.number(0.1, 300), 15.0),
        backoff_s=tuple((pauses or [1.0])[min(index, len(pauses) - 1)] for index in range(tries)),
        jitter=node.read("jitter", lambda one: one.number(0, 1), 0.2),
        most_bytes=node.read("max_bytes", lambda one: one.integer(1_000, 50_000_000), 5_000_000),
        most_records=node.read("max_records", lambda one: one.integer(1, 1_000_000), 200_000),
    )


def _rate(node: Node) -> float:
    found = RATE.fullmatch(node.text())
    per_second = float(found[1]) / (1 if found[2] == "s" else 60) if found else 0.0
    if not 0 < per_second <= MOST_PER_SECOND:
        node.refuse("no es una tasa posible", f"5/s o 250/min, y {MOST_PER_SECOND}/s como máximo")
    return per_second


def _cursor(row: Node, name: str, default: timedelta) -> timedelta:
    node = row.maybe("cursor")
    if node is None:
        return default
    node.object("field", "lookback", "backfill_start")
    node.read("field", lambda one: one.choice({"time"}), "time")
    return node.read(name, Node.duration, default)


def _check_params(node: Node, row: Row) -> None:
    declared = {param.name for param in row.params}
    for place in row.names("point"):
        if place.name not in declared:
            Node("params", sorted(declared)).refuse(
                f"no declara «{place.name}», que {{point.{place.name}}} usa", "declararlo"
            )
    in_key = row.extract.key
    if isinstance(in_key, Template) and row.latest.most_keys > 1:
        node.at("extract").at("key").refuse(
            "una clave literal no distingue entre varias", "sin batch, o path[0], o $.campo"
        )
