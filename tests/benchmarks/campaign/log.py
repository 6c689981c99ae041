"""What the regulator saw of a sender, from the simulator's own file: the same questions for every sender."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# Sends of a number that was stored already; the sender may not know it.
STORED_BEFORE = """
SELECT count(*) FROM received later
  JOIN (SELECT work, slot, min(id) AS at FROM received WHERE status IN (0, 200) GROUP BY work, slot) stored
 USING (work, slot) WHERE later.id > stored.at
"""
# "Se reenviará una vez, al día siguiente": the manual's 6.2.
SAME_DAY = """
SELECT count(*) FROM (
    SELECT substr(at, 1, 10) AS day, lag(substr(at, 1, 10)) OVER (PARTITION BY work, slot ORDER BY id) AS before
      FROM received) WHERE day = before
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts. `again`: sends of a number after an answer that said that it is there, and that the sender had read.

    `stored`: numbers that the regulator holds; `unknown`: those of them whose voucher the sender does not have;
    `stored_before`: sends of what was stored already, known or not; `same_day`: of a number twice in a day.
    """

    sends: int
    stored: int
    unknown: int
    again: int
    stored_before: int
    same_day: int
    wrong: int  # vouchers of the sender that the regulator never gave


def seen(folder: Path, kept: Collection[str], *, again: int) -> Seen:
    with closing(sqlite3.connect(folder / "dga.db")) as database:

        def one(query: str) -> int:
            return int(database.execute(query).fetchone()[0])

        given = {voucher for (voucher,) in database.execute("SELECT voucher FROM accepted")}
        mine = set(kept)
        return Seen(
            sends=one("SELECT count(*) FROM received"),
            stored=len(given),
            unknown=len(given - mine),
            again=again,
            stored_before=one(STORED_BEFORE),
            same_day=one(SAME_DAY),
            wrong=len(mine - given),
        )


def voucher_of(folder: Path) -> dict[tuple[str, str], str]:
    """By work and "date time" in UTC-4: what a person finds in the regulator's pages."""
    with closing(sqlite3.connect(folder / "dga.db")) as database:
        rows = database.execute("SELECT work, slot, voucher FROM accepted").fetchall()
    return {(work, slot): voucher for work, slot, voucher in rows}
