"""What DGA has accepted and what it was sent, in one SQLite file: a restart forgets nothing."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from deploy.simulators.dga.resources import Resource

SCHEMA = """
CREATE TABLE IF NOT EXISTS accepted (
    work TEXT NOT NULL, slot TEXT NOT NULL, resource TEXT NOT NULL, document TEXT NOT NULL,
    voucher TEXT NOT NULL, accepted_at TEXT NOT NULL, PRIMARY KEY (work, slot));
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, work TEXT NOT NULL, slot TEXT NOT NULL, document TEXT NOT NULL,
    at TEXT NOT NULL, attempt INTEGER NOT NULL, status INTEGER NOT NULL, fault TEXT);
CREATE INDEX IF NOT EXISTS received_attempts ON received (work, slot);
CREATE INDEX IF NOT EXISTS accepted_voucher ON accepted (voucher);
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement as it was sent, without the credentials that came with it. `slot` is its date and time."""

    resource: str
    work: str
    slot: str
    document: str

    @classmethod
    def of(cls, resource: Resource, work: str, sent: Any) -> Self:
        fields = sent if isinstance(sent, dict) else {}
        slot = f"{fields.get('fechaMedicion', '')} {fields.get('horaMedicion', '')}"
        return cls(resource.path, work, slot, json.dumps(fields, ensure_ascii=False))

    def fields(self) -> dict[str, str]:
        return dict(json.loads(self.document))


class Records:
    """`at_once`: so many writes share a commit. More than one is for measurements: a killed process loses the last."""

    def __init__(self, path: Path, *, at_once: int = 1) -> None:
        self._lock = threading.Lock()
        self._at_once, self._written = at_once, 0
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A killed process loses nothing so; only a power cut could take the last moments.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def store(self, row: Measurement, voucher: str, at: datetime) -> bool:
        """False if there is already one for this work, date and time."""
        values = (row.work, row.slot, row.resource, row.document, voucher, at.isoformat())
        return self._write("INSERT OR IGNORE INTO accepted VALUES (?, ?, ?, ?, ?, ?)", *values).rowcount == 1

    def by_voucher(self, work: str, voucher: str) -> Measurement | None:
        query = "SELECT resource, work, slot, document FROM accepted WHERE voucher = ? AND work = ?"
        rows = self._rows(query, voucher, work)
        return Measurement(*rows[0]) if rows else None

    def note(self, row: Measurement, *, at: datetime, attempt: int, fault: str | None, status: int) -> None:
        """`status` 0: no answer was given."""
        values = (row.work, row.slot, row.document, at.isoformat(), attempt, status, fault)
        self._write("INSERT INTO received VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", *values)

    def attempts(self, row: Measurement) -> int:
        counted = self._rows("SELECT count(*) FROM received WHERE work = ? AND slot = ?", row.work, row.slot)
        return int(counted[0][0])

    def accepted(self, work: str | None) -> list[dict[str, Any]]:
        names = ("work", "slot", "resource", "document", "voucher", "accepted_at")
        query = "SELECT * FROM accepted WHERE ?1 IS NULL OR work = ?1 ORDER BY work, slot"
        rows = [dict(zip(names, row, strict=True)) for row in self._rows(query, work)]
        return [row | {"document": json.loads(row["document"])} for row in rows]

    def last(self, count: int) -> Sequence[dict[str, Any]]:
        query = "SELECT work, slot, document, at, attempt, status, fault FROM received ORDER BY id DESC LIMIT ?"
        names = ("work", "slot", "document", "at", "attempt", "status", "fault")
        rows = [dict(zip(names, row, strict=True)) for row in reversed(self._rows(query, count))]
        return [row | {"document": json.loads(row["document"])} for row in rows]

    def settle(self) -> None:
        """Another process sees from now on what was written until now."""
        with self._lock:
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._written = 0

    def stats(self) -> dict[str, Any]:
        self.settle()
        by_work = dict(self._rows("SELECT work, count(*) FROM accepted GROUP BY work"))
        received = self._rows("SELECT count(*) FROM received")[0][0]
        return {"accepted": sum(by_work.values()), "by_work": by_work, "received": received}

    def _write(self, statement: str, *values: Any) -> sqlite3.Cursor:
        with self._lock:
            if self._at_once > 1 and self._written % self._at_once == 0:
                if self._database.in_transaction:
                    self._database.execute("COMMIT")
                self._database.execute("BEGIN")
            self._written += 1
            return self._database.execute(statement, values)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()
