"""What the regulator saw of a sender, from the simulator's own file: the same questions for every sender."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# It said that it has the number: by accepting it, or by calling it a duplicate.
TOLD = "status IN (200, 400) AND coalesce(fault, '') <> 'empty_body'"
AGAIN = f"""
SELECT count(*) FROM received later
  JOIN (SELECT work, slot, min(id) AS told FROM received WHERE {TOLD} GROUP BY work, slot) first USING (work, slot)
 WHERE later.id > first.told
"""  # a constant of this file
# "Se reenviará una vez, al día siguiente": the manual's 6.2.
SAME_DAY = """
SELECT count(*) FROM (
    SELECT substr(at, 1, 10) AS day, lag(substr(at, 1, 10)) OVER (PARTITION BY work, slot ORDER BY id) AS before
      FROM received) WHERE day = before
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts. `again`: sends of a number after the regulator had said that it has it; `same_day`: twice in a day.

    `stored`: numbers that it holds; `unknown`: those of them whose voucher the sender does not have.
    """

    sends: int
    stored: int
    unknown: int
    again: int
    same_day: int
    wrong: int  # vouchers of the sender that the regulator never gave


def seen(folder: Path, kept: Collection[str]) -> Seen:
    with closing(sqlite3.connect(folder / "dga.db")) as database:

        def one(query: str) -> int:
            return int(database.execute(query).fetchone()[0])

        given = {voucher for (voucher,) in database.execute("SELECT voucher FROM accepted")}
        mine = set(kept)
        return Seen(
            sends=one("SELECT count(*) FROM received"),
            stored=len(given),
            unknown=len(given - mine),
            again=one(AGAIN),
            same_day=one(SAME_DAY),
            wrong=len(mine - given),
        )


def voucher_of(folder: Path) -> dict[tuple[str, str], str]:
    """By work and "date time" in UTC-4: what a person finds in the regulator's pages."""
    with closing(sqlite3.connect(folder / "dga.db")) as database:
        rows = database.execute("SELECT work, slot, voucher FROM accepted").fetchall()
    return {(work, slot): voucher for work, slot, voucher in rows}
