"""How a file writes its times. A few directives of strptime, made into patterns: stricter, and five times faster."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

ISO, EXCEL, EPOCH_S, EPOCH_MS = "iso", "excel", "epoch_s", "epoch_ms"
SPECIAL = (ISO, EXCEL, EPOCH_S, EPOCH_MS)
# Day before month, as in Chile. What is a bare number is read only where somebody said what it counts.
DEFAULT = (
    ISO,
    *(
        f"%d{sign}%m{sign}%Y %H:%M{seconds}"
        for sign in "-/"
        for seconds in (":%S", "")
    ),
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)  # fmt: skip
DIRECTIVES = {
    "d": r"(?P<d>[0-9]{1,2})",
    "m": r"(?P<m>[0-9]{1,2})",
    "b": r"(?P<b>[a-z]{3,4})\.?",
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "H": r"(?P<H>[0-9]{1,2})",
    "I": r"(?P<I>[0-9]{1,2})",
    "M": r"(?P<M>[0-9]{2})",
    "S": r"(?P<S>[0-9]{2})",
    "f": r"(?P<f>[0-9]{1,6})",
    "p": r"(?P<p>[ap])\.?\s?m\.?",
}
DATE = ({"d"}, {"m", "b"}, {"Y", "y"})
MONTHS = {
    name: number
    for names in ("ene feb mar abr may jun jul ago sep oct nov dic", "jan feb mar apr may jun jul aug sep oct nov dec")
    for number, name in enumerate(names.split(), start=1)
} | {"sept": 9}
ISO_TEXT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
NUMBER = re.compile(r"[0-9]{1,14}([.,][0-9]{1,17})?")
EXCEL_START, EPOCH = datetime(1899, 12, 30), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001 no zone is in the file
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
EPOCH_SECONDS = (500_000_000, 4_294_967_295)  # 1985 to 2106
SNAP = timedelta(milliseconds=10)
SECOND = timedelta(seconds=1)
Parse = Callable[[str], datetime | None]


@lru_cache(maxsize=64)
def parser_of(form: str) -> Parse:
    """What reads a text of this form: a naive time, or an aware one where the text says its offset; None: not it.

    Raises ValueError for a form that nobody knows, or that leaves out a part of the date.
    """
    if form == ISO:
        return _iso
    if form in SPECIAL:
        return lambda text: _counted(text, form)
    pattern, present = _pattern(form)
    if not all(present & part for part in DATE) or ("I" in present) != ("p" in present):
        raise ValueError(form)
    return lambda text: _matched(pattern, text)


def counted(number: float, form: str) -> datetime | None:
    """A time that is a count: of days (naive), or of seconds or milliseconds since 1970 (aware)."""
    if form == EXCEL:
        days = EXCEL_DAYS[0] <= number <= EXCEL_DAYS[1]
        return snapped(EXCEL_START + timedelta(milliseconds=round(number * 86_400_000))) if days else None
    if form not in (EPOCH_S, EPOCH_MS):
        return None
    seconds = number if form == EPOCH_S else number / 1000
    return EPOCH + timedelta(seconds=seconds) if EPOCH_SECONDS[0] <= seconds <= EPOCH_SECONDS[1] else None


def snapped(at: datetime) -> datetime:
    """A sheet counts days in binary fractions: 10:00 may come as 09:59:59.999."""
    down = at.replace(microsecond=0)
    for second in (down, down + SECOND):
        if abs(at - second) <= SNAP:
            return second
    return at


def _pattern(form: str) -> tuple[re.Pattern[str], set[str]]:
    pieces, present = [], set()
    for part in re.findall(r"%.|[^%]+|%", form):
        if not part.startswith("%"):
            pieces.append(re.escape(part).replace(r"\ ", r"[T\s]\s*"))
            continue
        if part[1:] not in DIRECTIVES or part[1:] in present:
            raise ValueError(form)
        present.add(part[1:])
        pieces.append(DIRECTIVES[part[1:]])
    return re.compile("".join(pieces), re.IGNORECASE), present


def _matched(pattern: re.Pattern[str], text: str) -> datetime | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    month = MONTHS.get(part["b"].lower()) if part.get("b") else int(part["m"])
    year = int(part["Y"]) if part.get("Y") else 2000 + int(part["y"])
    fraction = int((part.get("f") or "0").ljust(6, "0"))
    try:
        return datetime(  # noqa: DTZ001 its zone is the mapping's
            year, month or 0, int(part["d"]), _hour(part), int(part.get("M") or 0), int(part.get("S") or 0), fraction
        )
    except ValueError:
        return None


def _hour(part: dict[str, str]) -> int:
    if not part.get("p"):
        return int(part.get("H") or 0)
    hour = int(part["I"])
    if not 1 <= hour <= 12:
        return -1  # no such hour
    return hour % 12 + (12 if part["p"].lower() == "p" else 0)


def _iso(text: str) -> datetime | None:
    found = ISO_TEXT.fullmatch(text)
    if found is None:
        return None
    day, clock, offset = found.groups(default="")
    try:
        return datetime.fromisoformat(f"{day}T{clock}{offset}")
    except ValueError:
        return None


def _counted(text: str, form: str) -> datetime | None:
    return counted(float(text.replace(",", ".")), form) if NUMBER.fullmatch(text) else None
