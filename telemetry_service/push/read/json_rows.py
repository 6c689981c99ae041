"""JSON: an array of rows, or a row a line. Decoded in one go; a row that is wrong is looked at by itself."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Raw

from telemetry_service.push.errors import TooLarge, Unreadable
from telemetry_service.push.read.body import MOST_ROWS
from telemetry_service.push.read.explain import explain
from telemetry_service.push.read.said import Faults, Row, Said, said, times_of
from telemetry_service.push.read.twice import may_say_twice, said_twice
from telemetry_service.push.read.values import QUOTED, are_plain, odd, read_json

ROW = msgspec.json.Decoder(Row)
ROWS = msgspec.json.Decoder(list[Row])
PARTS = msgspec.json.Decoder(list[Raw])
BLANK = b" \t\r\n"


def read_array(body: bytes) -> Said:
    """Raises Unreadable for what is no JSON array, TooLarge for too many rows."""
    try:
        try:
            rows, faults = ROWS.decode(body), Faults()
        except (msgspec.ValidationError, UnicodeDecodeError):
            rows, faults = _one_by_one(PARTS.decode(body))
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(body, error) from error
    return _said(rows, faults, body, lambda: [bytes(part) for part in PARTS.decode(body)])


def read_lines(body: bytes) -> Said:
    """A line that is no JSON is a row that is wrong, but for the last one without an end: it was cut."""
    lines = [line for line in body.split(b"\n") if line.strip(BLANK)]
    try:
        rows, faults = [ROW.decode(line) for line in lines], Faults()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rows, faults = _one_by_one(lines)
        last = lines[-1]
        if not body.rstrip(b" \t\r").endswith(b"\n") and _is_cut(last):
            raise Unreadable("la última línea está cortada", position=len(body)) from None
    return _said(rows, faults, body, lambda: lines)


def _said(rows: Sequence[Row], faults: Faults, body: bytes, parts: Callable[[], Sequence[bytes]]) -> Said:
    """`parts`: each row as it came."""
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"Trae {len(rows)} filas; a lo más {MOST_ROWS}: divídalo.")
    broken = frozenset(faults.found)
    values = _values([bytes(row.value) for row in rows], faults, broken)
    names = [(row.source, row.key, row.variable) for row in rows]
    times, units = times_of(rows, faults, but=broken), [row.unit for row in rows]
    if faults.found or may_say_twice(body, names, units):
        for number, error in said_twice(parts()):
            faults.add(number, error)
            times[number] = values[number] = None
    return said(names, times, values, units, faults)


def _values(said: Sequence[bytes], faults: Faults, broken: frozenset[int]) -> list[bytes | None]:
    if are_plain(said):
        return list(said)
    values: list[bytes | None] = list(said)
    for number, raw in [(number, raw) for number, raw in enumerate(said) if odd(raw)]:
        quoted = QUOTED.fullmatch(raw)
        if quoted:
            values[number] = quoted[1]
        else:
            values[number] = None if number in broken else faults.tried(number, read_json, raw)
    return values


def _one_by_one(parts: Sequence[Raw | bytes]) -> tuple[list[Row], Faults]:
    rows, faults = [], Faults()
    for number, part in enumerate(parts):
        try:
            rows.append(ROW.decode(part))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            rows.append(Row())
            for error in explain(bytes(part)):
                faults.add(number, error)
    return rows, faults


def _is_cut(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except (UnicodeDecodeError, RecursionError):
        return False
    return False


def _unreadable(body: bytes, error: Exception) -> Unreadable:
    text = str(error)
    if isinstance(error, msgspec.ValidationError):
        return Unreadable("debe ser un arreglo JSON de filas: [{…}, {…}]", position=0)
    if "truncated" in text:
        return Unreadable("el JSON está cortado" if body.strip(BLANK) else "el cuerpo está vacío", position=len(body))
    if isinstance(error, RecursionError):
        return Unreadable("hay demasiados niveles", position=0)
    where = text.rpartition("(byte ")[2].rstrip(")")
    return Unreadable("no es JSON", position=int(where) if where.isdigit() else 0)
