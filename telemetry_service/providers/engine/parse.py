"""From a row's JSON to a `Row`, or an InvalidInput that names the wrong key and what would be right."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.parse_auth import read_auth
from telemetry_service.providers.engine.parse_errors import read_envelope, read_errors
from telemetry_service.providers.engine.parse_extract import read_extract
from telemetry_service.providers.engine.parse_request import read_discovery, read_history, read_latest
from telemetry_service.providers.engine.row import Limits, Param, Row
from telemetry_service.providers.engine.templates import Template

SECTIONS = (
    "engine", "title", "description", "legacy", "base_url", "allow_http", "params", "auth", "latest", "history",
    "discovery", "extract", "time", "value", "empty", "envelope", "errors", "limits", "cursor",
)  # fmt: skip
PARAM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
RATE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)/(s|min)")
MOST_CONCURRENCY, MOST_PER_SECOND = 200, 2000


def parse_row(config: Mapping[str, Any]) -> Row:
    node = Node("", config).object(*SECTIONS)
    _read_about(node)
    row = Row(
        base_url=_base_url(node.at("base_url")),
        allow_http=node.read("allow_http", Node.boolean, False),
        params=tuple(node.read("params", _params, ())),
        auth=read_auth(node.at("auth")),
        latest=read_latest(node.at("latest")),
        history=node.read("history", read_history, None),
        discovery=node.read("discovery", read_discovery, None),
        extract=read_extract(node),
        envelope=node.read("envelope", read_envelope, None),
        errors=read_errors(node.at("errors")),
        limits=_limits(node),
        lookback=_cursor(node, "lookback", timedelta(hours=2)),
        backfill=_cursor(node, "backfill_start", timedelta(days=7)),
    )
    _check_params(row)
    _check_key(node, row)
    return row


def _read_about(node: Node) -> None:
    """What says something to people only, and what can be said in one way only."""
    node.read("title", Node.text, "")
    node.read("description", Node.text, "")
    node.read("legacy", Node.boolean, False)
    node.read("empty", lambda one: one.object("is").at("is").choice({"no_data"}), "no_data")
    node.read("engine", lambda one: one.choice({"http-poll/1"}), "http-poll/1")


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
        one.read("description", Node.text, "")
        # Said, not assumed: a secret that somebody forgot to call one would be shown.
        found.append(Param(name, one.at("secret").boolean(), one.read("required", Node.boolean, True)))
    return found


def _limits(row: Node) -> Limits:
    node = row.at("limits").object(
        "rate", "concurrency", "timeout_s", "retries", "backoff_s", "jitter", "scope", "max_bytes", "max_records",
        "min_period",
    )  # fmt: skip
    node.read("scope", lambda one: one.choice({"account"}), "account")
    timeout = node.at("timeout_s").object("connect", "read")
    tries = node.read("retries", lambda one: one.integer(0, 5), 2)
    pauses = node.read("backoff_s", lambda one: [item.number(0, 60) for item in one.elements()], [1.0, 2.0, 4.0])
    return Limits(
        per_second=_rate(node.at("rate")),
        concurrency=node.read("concurrency", lambda one: one.integer(1, MOST_CONCURRENCY), 4),
        connect_s=timeout.at("connect").number(0.1, 60),
        read_s=timeout.at("read").number(0.1, 300),
        backoff_s=tuple((pauses or [1.0])[min(index, len(pauses) - 1)] for index in range(tries)),
        jitter=node.read("jitter", lambda one: one.number(0, 1), 0.2),
        most_bytes=node.read("max_bytes", lambda one: one.integer(1_000, 50_000_000), 5_000_000),
        most_records=node.read("max_records", lambda one: one.integer(1, 1_000_000), 200_000),
        min_period=node.read("min_period", Node.duration, timedelta(0)),
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


def _check_params(row: Row) -> None:
    declared = {param.name for param in row.params}
    for place in row.names("point"):
        if place.name not in declared:
            Node(f"params.{place.name}", sorted(declared)).refuse(
                f"falta, y {{point.{place.name}}} lo usa", '{"type": "string", "secret": true o false}'
            )


def _check_key(node: Node, row: Row) -> None:
    most_keys = max(row.latest.most_keys, row.history.request.most_keys if row.history else 1)
    if isinstance(row.extract.key, Template) and most_keys > 1:
        node.at("extract").at("key").refuse(
            "una clave literal no distingue entre varias", "sin batch, o path[0], o $.campo"
        )
