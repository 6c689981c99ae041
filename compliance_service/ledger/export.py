"""A file that can be verified without us: chains with their roots, a line each (docs/ledger.md, byte by byte)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from compliance_service.ledger import queries
from compliance_service.ledger.canonical import encode, instant, line, signed
from compliance_service.ledger.models import LedgerRoot
from compliance_service.ledger.roots import signature_text
from shared.auth.tokens import public_jwks

FORMAT = "stack-vps-ledger/1"


def export(
    works: Sequence[str], *, start: date | None = None, end: date | None = None, now: datetime
) -> Iterator[bytes]:
    """The lines of a file of these chains from the day `start` to the day `end`, both included; a page in memory."""
    for place, work in enumerate(works, start=1):
        part = queries.slice_of(work, start=start, end=end)
        roots = list(queries.roots([work], start=start, end=end).filter(last__lte=part.last))
        yield _start(part, place, len(works), now)
        yield from _chain(part, roots)
        yield _end(part, place, len(roots))


def root_line(root: LedgerRoot) -> bytes:
    return line("root", signed(bytes(root.body), root.key, signature_text(root)))


def _chain(part: queries.Slice, roots: Sequence[LedgerRoot]) -> Iterator[bytes]:
    """Each root right behind the last entry that it covers."""
    waiting = list(reversed(roots))

    def due(number: int) -> Iterator[bytes]:
        while waiting and waiting[-1].last <= number:
            yield root_line(waiting.pop())

    yield from due(part.first - 1)
    for entry in queries.entries(part):
        yield line("entry", entry.body, entry.digest)
        yield from due(entry.number)


def _start(part: queries.Slice, place: int, of: int, now: datetime) -> bytes:
    body = {
        "format": FORMAT,
        "chain": place,
        "of": of,
        "work": part.work,
        "first": part.first,
        "previous": queries.link(part.work, part.first - 1).digest.hex(),
        "made_at": instant(now),
        "keys": {key["kid"]: key["x"] for key in public_jwks()["keys"]},
    }
    return line("start", encode(body))


def _end(part: queries.Slice, place: int, roots: int) -> bytes:
    body = {
        "chain": place,
        "work": part.work,
        "last": part.last,
        "count": part.last - part.first + 1,
        "roots": roots,
        "head": queries.link(part.work, part.last).digest.hex(),
    }
    return line("end", encode(body))
