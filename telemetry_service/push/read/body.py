"""The bytes of a push: what they are, and no more of them than one push may bring."""

import zlib
from enum import StrEnum

from telemetry_service.push.errors import TooLarge, Unreadable, WrongType

MOST_BYTES = 5 * 1024 * 1024  # as sent, and nginx lets no more through
MOST_PLAIN_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
GZIP = zlib.MAX_WBITS | 16
MIB = 1024 * 1024


class Format(StrEnum):
    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    CSV = "text/csv"


ALSO = {
    "application/ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "application/x-jsonlines": Format.NDJSON,
}
IDENTITY = ("", "identity")


def format_of(content_type: str) -> Format:
    name, _, parameters = content_type.partition(";")
    name, charset = name.strip().lower(), parameters.strip().lower().removeprefix("charset=").strip('"')
    if parameters and "=" in parameters and charset not in {"utf-8", "utf8", "us-ascii"} and "header=" not in charset:
        raise WrongType(f"Content-Type: no se lee «{parameters.strip()[:60]}»; mande UTF-8.")
    if name in ALSO:
        return ALSO[name]
    if name not in set(Format):
        raise WrongType(f"Content-Type: llegó «{name[:60]}»; debe ser uno de: {', '.join(Format)}.")
    return Format(name)


def check_length(length: int) -> None:
    """Before the body is read."""
    if length > MOST_BYTES:
        raise TooLarge(f"Ocupa {length / MIB:.1f} MB; a lo más {MOST_BYTES // MIB}: divídalo, o mándelo con gzip.")


def plain(body: bytes, encoding: str) -> bytes:
    """Without its compression. A few bytes that would become very many are stopped at the limit."""
    check_length(len(body))
    name = encoding.strip().lower()
    if name in IDENTITY:
        return body
    if name not in {"gzip", "x-gzip"}:
        raise WrongType(f"Content-Encoding: llegó «{name[:40]}»; debe ser gzip, o no venir.")
    return _inflated(body)


def _inflated(body: bytes) -> bytes:
    """One gzip member or several."""
    parts: list[bytes] = []
    room, rest = MOST_PLAIN_BYTES, body
    while rest or not parts:
        unpacker = zlib.decompressobj(GZIP)
        try:
            part = unpacker.decompress(rest, room + 1)
        except zlib.error as error:
            raise Unreadable("no es gzip, o está dañado", position=len(body) - len(rest)) from error
        room -= len(part)
        if room < 0:
            raise TooLarge(f"Descomprimido pasa de {MOST_PLAIN_BYTES // MIB} MB: divídalo.")
        if not unpacker.eof:
            raise Unreadable("el gzip está cortado", position=len(body))
        parts.append(part)
        rest = unpacker.unused_data
    return b"".join(parts)
