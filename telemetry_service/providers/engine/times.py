"""The ways in which providers write a time. Aware UTC comes out, or an error: never "now"."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS = re.compile(r"-?\d{1,16}")
COMPACT = re.compile(r"\d{14}")
NOWHERE = timezone(timedelta(hours=1))  # another than UTC: what reads differently in it had no zone
# Seconds' fractions of more than six digits (ChirpStack writes nine) are cut: no logger is that exact.
LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
# Beyond this a time is a broken clock, not a reading's.
IMPOSSIBLE = timedelta(days=1)
OLDEST_YEAR = 2000


def read_time(value: Any, formats: Sequence[str], zone: tzinfo) -> datetime:
    """The instant that `value` says in the first of `formats` that fits. ValueError where none does."""
    if isinstance(value, str):
        for name in formats:
            at = READERS[name](value, zone)
            if at is not None:
                return at
    raise ValueError(f"no es una hora en {' ni '.join(formats)}")


def possible(at: datetime, *, now: datetime) -> bool:
    """A time of another century or of next week would want a month of its own in every table."""
    return at.year >= OLDEST_YEAR and at <= now + IMPOSSIBLE


def says_no_zone(value: Any) -> bool:
    """A time that could be of any zone; an epoch cannot."""
    if not isinstance(value, str) or (DIGITS.fullmatch(value) and not COMPACT.fullmatch(value)):
        return False
    at = _iso(value, NOWHERE) or _compact(value, NOWHERE)
    return at is not None and at != (_iso(value, UTC) or _compact(value, UTC))


def read_duration(text: str) -> timedelta | None:
    """ISO 8601 durations of days, hours, minutes and seconds: P7D, PT2H."""
    found = DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _epoch(unit: timedelta) -> Callable[[str, tzinfo], datetime | None]:
    def read(text: str, zone: tzinfo) -> datetime | None:
        if not DIGITS.fullmatch(text):
            return None
        try:
            return EPOCH + int(text) * unit
        except OverflowError:
            return None

    return read


def _iso(text: str, zone: tzinfo) -> datetime | None:
    if len(text) < 10 or "-" not in text[:5]:
        return None  # fromisoformat would take bare digits for a date
    try:
        at = datetime.fromisoformat(LONG_FRACTION.sub(r"\1", text))
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _compact(text: str, zone: tzinfo) -> datetime | None:
    if not COMPACT.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


READERS: Mapping[str, Callable[[str, tzinfo], datetime | None]] = {
    "epoch_ms": _epoch(timedelta(milliseconds=1)),
    "epoch_s": _epoch(timedelta(seconds=1)),
    "iso8601": _iso,
    "compact14": _compact,
}
