"""What SMA has accepted and what it was sent, in one SQLite file: a restart forgets nothing."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

SCHEMA = """
CREATE TABLE IF NOT EXISTS accepted (
    process TEXT NOT NULL, device TEXT NOT NULL, stamp TEXT NOT NULL, document TEXT NOT NULL,
    verification TEXT NOT NULL, accepted_at TEXT NOT NULL, PRIMARY KEY (process, device, stamp));
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, subject TEXT NOT NULL, stamp TEXT NOT NULL,
    at TEXT NOT NULL, attempt INTEGER NOT NULL, status INTEGER NOT NULL, fault TEXT);
CREATE INDEX IF NOT EXISTS received_attempts ON received (what, subject, stamp);
"""
COLUMNS = ("what", "subject", "stamp", "at", "attempt", "status", "fault")


@dataclass(frozen=True, slots=True)
class Call:
    """`what`: "login" of a user, or "registros" of a process ("1234/567") with its time stamp."""

    what: str
    subject: str
    stamp: str = ""

    @property
    def key(self) -> str:
        return f"{self.what}|{self.subject}|{self.stamp}"


def verification_of(seed: int, call: Call, devices: Sequence[str]) -> str:
    """An IdVerificacion: its real form is unknown, so it is a UUID here. The same for the same call and seed."""
    said = f"{seed}|{call.key}|{','.join(devices)}"
    return str(UUID(bytes=hashlib.blake2b(said.encode(), digest_size=16).digest(), version=4))


class Records:
    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A killed process loses nothing so; only a power cut could take the last moments.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def store(self, call: Call, body: Sequence[dict[str, Any]], verification: str, at: datetime) -> tuple[str, bool]:
        """The call's IdVerificacion, and whether anything of it is new. The first value of a stamp wins."""
        with self._lock:
            new = sum(self._store_one(call, row, verification, at) for row in body)
            if new:
                return verification, True
            query = "SELECT verification FROM accepted WHERE process = ? AND device = ? AND stamp = ?"
            kept = self._database.execute(query, (call.subject, body[0]["dispositivoId"], call.stamp)).fetchone()
            return str(kept[0]), False

    def _store_one(self, call: Call, row: dict[str, Any], verification: str, at: datetime) -> int:
        document = json.dumps(row["parametros"], ensure_ascii=False)
        values = (call.subject, row["dispositivoId"], call.stamp, document, verification, at.isoformat())
        return self._database.execute("INSERT OR IGNORE INTO accepted VALUES (?, ?, ?, ?, ?, ?)", values).rowcount

    def note(self, call: Call, *, at: datetime, attempt: int, fault: str | None, status: int) -> None:
        """`status` 0: no answer was given."""
        values = (call.what, call.subject, call.stamp, at.isoformat(), attempt, status, fault)
        with self._lock:
            self._database.execute("INSERT INTO received VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", values)

    def attempts(self, call: Call) -> int:
        query = "SELECT count(*) FROM received WHERE what = ? AND subject = ? AND stamp = ?"
        return int(self._rows(query, call.what, call.subject, call.stamp)[0][0])

    def accepted(self, process: str | None) -> list[dict[str, Any]]:
        names = ("process", "device", "stamp", "document", "verification", "accepted_at")
        query = "SELECT * FROM accepted WHERE ?1 IS NULL OR process = ?1 ORDER BY process, stamp, device"
        rows = [dict(zip(names, row, strict=True)) for row in self._rows(query, process)]
        return [row | {"document": json.loads(row["document"])} for row in rows]

    def last(self, count: int) -> Sequence[dict[str, Any]]:
        query = f"SELECT {', '.join(COLUMNS)} FROM received ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [dict(zip(COLUMNS, row, strict=True)) for row in reversed(self._rows(query, count))]

    def stats(self) -> dict[str, Any]:
        by_process = dict(self._rows("SELECT process, count(*) FROM accepted GROUP BY process"))
        by_what = dict(self._rows("SELECT what, count(*) FROM received GROUP BY what"))
        return {"accepted": sum(by_process.values()), "by_process": by_process, "received": by_what}

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()
