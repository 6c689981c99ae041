"""A page of measurements as JSON, put together from the text that the database gives.

Making datetimes and numbers of it only to print them again would cost more than the query itself.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.measurements.queries import Key, Wanted, text_rows, units


def data_page(wanted: Wanted, *, after: Key | None, limit: int) -> tuple[list[str], Key | None]:
    """At most `limit` measurements behind the key `after`, each as a JSON object; and the key of the last where more
    follow."""
    shown: list[str] = []
    last: Key | None = None
    for point, variable, rows in text_rows(wanted, after=after, limit=limit + 1):
        head = f'{{"point":"{point}","variable":"{variable}","time":"'
        unit = json.dumps(units().get(variable, ""), ensure_ascii=False)
        some = rows[: limit - len(shown)]
        shown += [_shown(head, unit, row) for row in some]
        if some:
            last = (point, variable, datetime.fromisoformat(some[-1][0]).astimezone(UTC))
        if len(some) < len(rows):
            return shown, last
    return shown, None


def _shown(head: str, unit: str, row: tuple[Any, ...]) -> str:
    time, value, quality, reasons, source, version, known, _ = row
    said = _judged(unit, quality, reasons, source, version)
    return f'{head}{time[:10]}T{time[11:-3]}Z","value":{value}{said}{known[:10]}T{known[11:-3]}Z"}}'


@lru_cache(maxsize=4096)
def _judged(unit: str, quality: int, reasons: int, source: str, version: int | None) -> str:
    """What repeats from row to row: all between the value and `known_since`."""
    names = json.dumps(reason_names(reasons), separators=(",", ":"))
    number = "null" if version is None else version
    return (
        f',"unit":{unit},"quality":{quality},"quality_label":"{LABELS[quality]}","reasons":{names},'
        f'"source":"{source}","config_version":{number},"known_since":"'
    )
