"""The part of a row that says how an answer is read."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.row import Extract
from telemetry_service.providers.engine.times import READERS

MATCH_PART = re.compile(r"path\[(\d)\]")
COERCIONS = {"number", "numeric_string", "bool"}


def read_extract(row: Node) -> Extract:
    node = row.at("extract").object("records", "key", "value", "time", "time_in", "unit", "id")
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
        time_in_document=node.read("time_in", lambda one: one.choice({"record", "document"}), "record") == "document",
    )


def _key(node: Node) -> Any:
    text = node.text()
    part = MATCH_PART.fullmatch(text)
    if part:
        return int(part[1])
    if text.startswith("$"):
        return node.jsonpath()
    template = node.template({"variable"})
    if not template.places:
        node.refuse("es la misma para toda respuesta", "path[0], $.campo o {variable.key}")
    return template


def _zone(node: Node) -> ZoneInfo:
    try:
        return ZoneInfo(node.text())
    except (KeyError, ValueError, OSError):
        node.refuse("zona desconocida", "una zona IANA, como UTC o America/Santiago")


def _coerce(row: Node) -> frozenset[str]:
    node = row.at("value").object("coerce", "null_is", "null_discards_time")
    node.read("null_is", lambda one: one.choice({"no_data"}), "no_data")
    if not node.read("null_discards_time", Node.boolean, True):
        # ThingsBoard stamps a dead sensor's null with its own "now": the time of a null is never a reading's.
        node.at("null_discards_time").refuse("no puede ser false", "true")
    found = frozenset(one.choice(COERCIONS) for one in node.at("coerce").elements())
    if not found:
        expected = f"al menos uno de: {', '.join(sorted(COERCIONS))}"
        node.at("coerce").refuse("está vacía: ningún valor se leería", expected)
    return found
