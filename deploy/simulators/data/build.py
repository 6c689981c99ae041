"""Pack a CSV so that the same bytes come out on every machine: no name, no time in the gzip header."""

import gzip
import sys
from pathlib import Path


def pack(source: Path, target: Path) -> None:
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
    ):
        packed.write(source.read_bytes())


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
