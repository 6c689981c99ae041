"""From an answer's document to records: key, value text, device time, unit."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telemetry_service.providers.engine.jsonpath import MISSING, Number, Path
from telemetry_service.providers.engine.results import plain
from telemetry_service.providers.engine.row import Extract
from telemetry_service.providers.engine.templates import Template, Values
from telemetry_service.providers.engine.times import read_time

NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*")
LONGEST_VALUE = 64
LONGEST_UNIT = 20


@dataclass(frozen=True, slots=True)
class Record:
    """`value` None means no data there, and then there is no time either; `trouble` says what could not be read."""

    key: str
    value: str | None
    device_time: datetime | None
    unit: str = ""
    trouble: str = ""


def read_records(extract: Extract, document: Any, *, keys: Mapping[str, str], values: Values) -> Iterator[Record]:
    """`keys` maps what the provider may call a key to what we call it; records of other keys are not ours."""
    for parts, item in extract.records.every(document):
        key = keys.get(_key(extract.key, parts, item, values))
        if key is not None:
            yield _record(extract, key, item, document if extract.time_in_document else item)


def read_all(extract: Extract, document: Any, *, values: Values) -> Iterator[tuple[str, Any]]:
    """Every key with a readable value that an answer holds, asked for or not, and its time as it is written there."""
    for parts, item in extract.records.every(document):
        try:
            value_text(extract.value.first(item), extract.coerce)
        except ValueError:
            continue
        yield _key(extract.key, parts, item, values), extract.time.first(document if extract.time_in_document else item)


def _key(rule: int | Path | Template, parts: tuple[str | int, ...], item: Any, values: Values) -> str:
    if isinstance(rule, int):
        return str(parts[rule]) if rule < len(parts) else ""
    if isinstance(rule, Template):
        return rule.render(values)
    found = rule.first(item)
    return found if isinstance(found, str) else ""


def _record(extract: Extract, key: str, item: Any, timed: Any) -> Record:
    raw = extract.value.first(item)
    if raw is None or raw is MISSING:
        # ThingsBoard stamps the null of a dead sensor with its own "now": that time must not be believed.
        return Record(key, None, None)
    try:
        value = value_text(raw, extract.coerce)
        device_time = read_time(extract.time.first(timed), extract.formats, extract.zone)
    except ValueError as error:
        return Record(key, None, None, trouble=f"{key}: {error}")
    return Record(key, value, device_time, _unit(extract, item))


def value_text(raw: Any, coerce: frozenset[str]) -> str:
    """The value as the provider wrote it. ValueError where it is of no kind that the row admits."""
    if isinstance(raw, bool):
        kind, text = "bool", "true" if raw else "false"
    elif isinstance(raw, Number):
        kind, text = "number", str(raw)
    elif isinstance(raw, str) and NUMERIC.fullmatch(raw):
        kind, text = "numeric_string", raw
    else:
        raise ValueError("el valor no es un número" if isinstance(raw, str) else "el valor no es un escalar")
    if kind not in coerce or len(text) > LONGEST_VALUE:
        raise ValueError(f"el valor es {kind}, que value.coerce no admite, o es demasiado largo")
    return text


def _unit(extract: Extract, item: Any) -> str:
    unit = extract.unit.first(item) if extract.unit else ""
    return plain(unit, LONGEST_UNIT) if isinstance(unit, str) else ""
