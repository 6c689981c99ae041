"""The bytes of the ledger: of an entry, of a root, of a line in a file (docs/ledger.md, byte by byte).

Plain Python: no clock, no database. Whoever verifies hashes the bytes as they stand and never has to write JSON.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec

ZERO = bytes(32)  # what the first entry of a chain goes on from


@dataclass(frozen=True, slots=True)
class Link:
    """The last entry of a chain: its number and its digest."""

    seq: int = 0
    digest: bytes = ZERO


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_quick = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """JSON in UTF-8 without spaces, keys in the given order. NaN is refused (ValueError)."""
    return _json.encode(value).encode()


def digest_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: a work, and mostly one duty of it."""

    work: str
    submission: str | None = None
    slot_at: str | None = None

    @property
    def source(self) -> str:
        return self.work.partition("/")[0]


def entry_body(
    about: Subject,
    facts: Sequence[Mapping[str, Any]],
    *,
    after: Link,
    work_after: Link,
    sealed_at: str,
    terms: Mapping[str, int] | None = None,
) -> bytes:
    """An entry's bytes. `after` is the entry before it, `work_after` the one before it of the same work.

    `facts` come from JSON, so that there is no NaN in them. `terms`: the numbers of the entries that hold the
    configuration and the source's rules in force.
    """
    entry = {
        "seq": after.seq + 1,
        "previous": after.digest.hex(),
        "work": about.work,
        "work_seq": work_after.seq + 1,
        "work_previous": work_after.digest.hex(),
        "sealed_at": sealed_at,
        "submission": about.submission,
        "slot_at": about.slot_at,
        "terms": terms or {},
        "facts": facts,
    }
    return _quick.encode(entry)


def root_body(*, work: str, day: date, first: int, head: Link, made_at: datetime) -> bytes:
    """What is signed of a day: entries `first` to `head.seq`, which are none where `first` is the next one."""
    return encode(
        {
            "work": work,
            "day": day.isoformat(),
            "first": first,
            "last": head.seq,
            "count": head.seq - first + 1,
            "head": head.digest.hex(),
            "made_at": instant(made_at),
        }
    )


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def line(kind: str, body: bytes, digest: bytes | None = None) -> bytes:
    """A line of a file: the digest of `body`, its kind (start, entry, root, end) and `body` as it is."""
    hexadecimal = (digest or digest_of(body)).hex().encode()
    return b'{"hash":"' + hexadecimal + b'","' + kind.encode() + b'":' + body + b"}\n"


def signed(body: bytes, key: str, signature: str) -> bytes:
    """A root with its signature (base64url) and its key's thumbprint: what a root's line holds."""
    return b'{"signed":' + body + b',"key":"' + key.encode() + b'","signature":"' + signature.encode() + b'"}'
