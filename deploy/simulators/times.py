"""Instants as the wire has them: milliseconds since 1970, and spans of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

Span = tuple[int, int]
# Later than any reading: a span without an end.
FOREVER = 2**53


def epoch_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def from_epoch_ms(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def iso_ms(at: int) -> str:
    """2026-09-30T17:44:00.000Z"""
    return from_epoch_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_ms(text: str) -> int:
    """ISO with a zone. Raises ValueError: a time without one is nobody's."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return epoch_ms(at)


def read_spans(rows: Iterable[Sequence[str | None]]) -> tuple[Span, ...]:
    """`[from, to]`, half open; null leaves that side open."""
    return tuple(read_span(*row) for row in rows)


def read_span(start: str | None = None, end: str | None = None) -> Span:
    return (read_ms(start) if start else -FOREVER, read_ms(end) if end else FOREVER)


def inside(at: int, spans: Iterable[Span]) -> Span | None:
    """The span that holds `at`."""
    return next((span for span in spans if span[0] <= at < span[1]), None)
