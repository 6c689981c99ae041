"""The bytes of a file, kept as they came: in pieces in the database, as the worker may be on another machine."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from django.db import transaction

from shared.errors import StackError, invalid
from telemetry_service.imports.files.shape import MOST_BYTES, PIECE
from telemetry_service.imports.models import File, Piece


def keep_file(stream: IO[bytes], *, now: datetime) -> File:
    """The same bytes are kept once. Raises InvalidInput where there are too many, or none."""
    digest, size = _measured(stream)
    if not 0 < size <= MOST_BYTES:
        problem = f"ocupa {size / 2**20:.1f} MB" if size else "el archivo está vacío"
        raise invalid("file", problem, expected=f"hasta {MOST_BYTES // 2**20} MB; divídalo por meses")
    with transaction.atomic():
        file, is_new = File.objects.get_or_create(sha256=digest, defaults={"size": size, "received_at": now})
        if is_new:
            for number, body in enumerate(_pieces(stream)):
                Piece.objects.create(file=file, number=number, body=zlib.compress(body))
    return file


def bytes_of(file: File) -> Iterator[bytes]:
    for (body,) in file.pieces.order_by("number").values_list("body").iterator(chunk_size=1):
        yield zlib.decompress(body)


@contextmanager
def opened(file: File) -> Iterator[IO[bytes]]:
    """The file on this machine's disk for a while. What is not what came is not read."""
    digest = hashlib.sha256()
    with TemporaryFile() as stream:
        for piece in bytes_of(file):
            digest.update(piece)
            stream.write(piece)
        if digest.digest() != bytes(file.sha256):
            raise StackError("El archivo guardado no es el que llegó: su resumen SHA-256 no coincide.")
        yield stream


def _measured(stream: IO[bytes]) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(stream):
        digest.update(piece)
        size += len(piece)
    return digest.digest(), size


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(PIECE):
        yield piece
