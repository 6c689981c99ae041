"""One ZIP that stands by itself. Plain Python: parts go in by name, and a manifest with their digests closes it."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import IO, Any, Self
from uuid import UUID

from compliance_service.ledger.canonical import encode, instant

FORMAT = "stack-vps-evidence/1"
MANIFEST = "manifiesto.json"
LEVEL = 6


class Package:
    """`file` is written from its beginning. Everything in it has the date `made_at`: nothing tells of our machine."""

    def __init__(self, file: IO[bytes], *, made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._date = made_at.timetuple()[:6]
        self._made_at = made_at
        self._files: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def put(self, name: str, parts: bytes | Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._entry(name), "w") as entry:
            for part in [parts] if isinstance(parts, bytes) else parts:
                digest.update(part)
                size += len(part)
                entry.write(part)
        self._files[name] = {"size": size, "sha256": digest.hexdigest()}

    def sign(self, about: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> None:
        """`about`: whose evidence it is. The manifest is signed and names every other file."""
        files = {name: self._files[name] for name in sorted(self._files)}
        body = encode({"format": FORMAT, "made_at": instant(self._made_at), **about, "files": files})
        with self._zip.open(self._entry(MANIFEST), "w") as entry:
            entry.write(sign(body))

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._date)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return entry


def line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of NDJSON. Bytes become text where they are UTF-8, else {"base64": …}."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, memoryview | bytes):
        return _text(bytes(value))
    raise TypeError(f"{type(value).__name__} has no place in an evidence file")


def _text(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
