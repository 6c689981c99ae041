"""What is odd about one device: its link, its clock, its sensor. All keys of a reading share its fate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deploy.simulators.chance import chance
from deploy.simulators.times import Span, inside, read_span, read_spans
from deploy.simulators.tracks import Track, Value, columns

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Late:
    """`share` of the readings reach the provider up to `seconds` after they were made; with `exactly`, just so much."""

    share: float
    seconds: float
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """The device's clock is `seconds` ahead of the true time (behind: negative) while the span lasts."""

    span: Span
    seconds: float


@dataclass(frozen=True, slots=True)
class StatusCodes:
    """`share` of the readings of `keys` (none named: all) are one of the logger's own negative codes."""

    share: float
    codes: tuple[int, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quirks:
    """Spans are of true time: `silent` makes no reading, `held` keeps it until the end, `stuck` repeats the value."""

    silent: tuple[Span, ...] = ()
    held: tuple[Span, ...] = ()
    stuck: tuple[Span, ...] = ()
    shifts: tuple[Shift, ...] = ()
    late: Late | None = None
    status_codes: StatusCodes | None = None
    duplicates: float = 0.0
    kept_days: float = 0.0
    seed: str = ""


def read_quirks(
    *,
    name: str,
    seed: int,
    silent: Sequence[Sequence[str | None]] = (),
    held: Sequence[Sequence[str | None]] = (),
    stuck: Sequence[Sequence[str | None]] = (),
    clock: Sequence[Mapping[str, Any]] = (),
    late: Mapping[str, Any] | None = None,
    status_codes: Mapping[str, Any] | None = None,
    duplicates: float = 0.0,
    kept_days: float = 0.0,
) -> Quirks:
    """As a scenario writes them. Raises TypeError for one that does not exist."""
    codes = status_codes and {**status_codes, "codes": tuple(status_codes["codes"])}
    return Quirks(
        silent=read_spans(silent),
        held=read_spans(held),
        stuck=read_spans(stuck),
        shifts=tuple(Shift(read_span(row.get("from"), row.get("to")), row["seconds"]) for row in clock),
        late=Late(**late) if late else None,
        status_codes=StatusCodes(**codes) if codes else None,
        duplicates=duplicates,
        kept_days=kept_days,
        seed=f"{seed}:{name}",
    )


def apply(quirks: Quirks, tracks: Mapping[str, Track]) -> dict[str, Track]:
    kept_ms = round(quirks.kept_days * DAY_MS)
    if quirks == Quirks(kept_days=quirks.kept_days, seed=quirks.seed):
        return {key: replace(track, kept_ms=kept_ms) for key, track in tracks.items()}
    return {key: _applied(quirks, key, track, kept_ms) for key, track in tracks.items()}


def _applied(quirks: Quirks, key: str, track: Track, kept_ms: int) -> Track:
    rows = sorted(_rows(quirks, key, track), key=lambda row: row[:2])
    return replace(track, **columns(rows), kept_ms=kept_ms)


def _rows(quirks: Quirks, key: str, track: Track) -> Iterator[tuple[int, int, Value]]:
    """Device time, seen, value."""
    last: Value | None = None
    for made, value in zip(track.times, track.values, strict=True):
        if inside(made, quirks.silent):
            continue
        last = last if last is not None and inside(made, quirks.stuck) else value
        code = _code(quirks, key, made)
        row = (_device_time(quirks, made), _seen(quirks, made), last if code is None else code)
        yield row
        if quirks.duplicates and chance(quirks.seed, "duplicate", made) < quirks.duplicates:
            yield row


def _device_time(quirks: Quirks, made: int) -> int:
    return made + round(sum(shift.seconds for shift in quirks.shifts if inside(made, [shift.span])) * 1000)


def _seen(quirks: Quirks, made: int) -> int:
    span = inside(made, quirks.held)
    came = span[1] if span else made
    if quirks.late and chance(quirks.seed, "late", made) < quirks.late.share:
        part = 1.0 if quirks.late.exactly else chance(quirks.seed, "how late", made)
        came += round(quirks.late.seconds * 1000 * part)
    return came


def _code(quirks: Quirks, key: str, made: int) -> int | None:
    codes = quirks.status_codes
    if codes is None or (codes.keys and key not in codes.keys):
        return None
    if chance(quirks.seed, "code", key, made) >= codes.share:
        return None
    return codes.codes[int(chance(quirks.seed, "which code", key, made) * len(codes.codes))]
