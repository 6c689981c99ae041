"""What the service itself can check: its chain, its roots, and that its tables still say what the ledger says.

A thief of the whole server can make all of it agree. Against that stand the roots that others hold (docs/ledger.md).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from compliance_service.ledger import queries
from compliance_service.ledger.canonical import Link, digest_of
from compliance_service.ledger.facts import fact
from compliance_service.ledger.models import LedgerRoot
from compliance_service.ledger.told import FINAL, TABLES, Table, names_of
from shared.db.copy import Column, copy_rows

Read = tuple[int, dict[str, Any]]  # an entry's number with what it says, or with one of its facts
TOLD = (Column("name", "text"), Column("id", "text"))


class Problem(NamedTuple):
    seq: int
    problem: str


@dataclass
class Checked:
    """What was looked at, and what is wrong. `rows`: of each table, the ids that the facts tell of, as text."""

    first: int
    last: int
    problems: list[Problem] = field(default_factory=list)
    rows: dict[str, set[str]] = field(default_factory=dict)


WINDOW = 50_000  # so many entries' rows are remembered at a time
NOT_TOLD = """
SELECT kept.id::text FROM {table} kept
 WHERE NOT EXISTS (SELECT FROM ledger_told told WHERE told.name = %(name)s AND told.id = kept.id::text)
   AND NOT EXISTS (SELECT FROM ledger_pending WHERE kind = ANY(%(kinds)s) AND row::json->>'id' = kept.id::text)
   AND {only} ORDER BY kept.id LIMIT 100
"""


def check_everything() -> Iterator[Checked]:
    """The whole ledger, a window at a time, and at last the rows that it does not tell of."""
    with connection.cursor() as cursor:
        # Minutes, where there are millions of rows; and no transaction, which would keep the vacuum from its work.
        cursor.execute("SET statement_timeout = 0; DROP TABLE IF EXISTS pg_temp.ledger_told")
        cursor.execute("CREATE TEMP TABLE ledger_told (name text, id text)")
        reached = 0
        # What is sealed meanwhile is looked at too, or its rows would seem forgotten.
        while reached < (end := queries.head()[0].seq):
            checked = check(reached + 1, min(reached + WINDOW, end))
            told = [(name, row) for name, rows in checked.rows.items() for row in rows]
            copy_rows(cursor, "ledger_told", TOLD, told)
            yield checked
            reached = checked.last
        cursor.execute("CREATE INDEX ON ledger_told (name, id)")
        yield Checked(reached + 1, reached, [problem for table in set(TABLES.values()) for problem in _untold(table)])
        cursor.execute("DROP TABLE ledger_told; RESET statement_timeout")


def _untold(table: Table) -> Iterator[Problem]:
    for row in _not_told(table, table.name, table.only):
        yield Problem(0, f"la fila {row} de {table.name} no está en el libro")
    if table.final:
        for row in _not_told(table, table.name + FINAL, f"kept.{table.final} IS NOT NULL"):
            yield Problem(0, f"cómo terminó la fila {row} de {table.name} no está en el libro")


def _not_told(table: Table, name: str, only: str) -> list[str]:
    kinds = [kind for kind, one in TABLES.items() if one == table]
    with connection.cursor() as cursor:
        cursor.execute(NOT_TOLD.format(table=table.name, only=only), {"name": name, "kinds": kinds})
        return [row for (row,) in cursor.fetchall()]


def check(first: int, last: int) -> Checked:
    """Checks entries `first` to `last` of the chain of all: links, digests, roots, and the rows they tell of."""
    checked = Checked(first, last)
    page: list[Read] = []
    for entry in _linked(first, last, checked):
        page.append(entry)
        if len(page) == queries.PAGE:
            _compare(page, checked)
            page = []
    _compare(page, checked)
    checked.problems += _wrong_roots(first, last)
    return checked


def _linked(first: int, last: int, checked: Checked) -> Iterator[Read]:
    before = queries.link("", first - 1)
    works: dict[str, Link] = {}
    for entry in queries.entries(queries.Slice("", first, last)):
        if entry.number != before.seq + 1:
            checked.problems.append(Problem(before.seq + 1, "falta el asiento"))
        if digest_of(entry.body) != entry.digest:
            checked.problems.append(Problem(entry.number, "no corresponde a su huella"))
        else:
            said = json.loads(entry.body)
            checked.problems += _wrong_links(entry, said, before, works)
            yield entry.number, said
        before = Link(entry.number, entry.digest)
    if before.seq < last:
        checked.problems.append(Problem(before.seq + 1, "falta el asiento"))


def _wrong_links(
    entry: queries.Sealed, said: Mapping[str, Any], before: Link, works: dict[str, Link]
) -> Iterator[Problem]:
    work = said["work"]
    work_before = works[work] if work in works else queries.link(work, said["work_seq"] - 1)
    works[work] = Link(said["work_seq"], entry.digest)
    if (said["seq"], said["previous"]) != (entry.number, before.digest.hex()):
        yield Problem(entry.number, "no sigue al asiento anterior")
    if (said["work_seq"], said["work_previous"]) != (work_before.seq + 1, work_before.digest.hex()):
        yield Problem(entry.number, f"no sigue al asiento anterior de {work}")


def _compare(page: Sequence[Read], checked: Checked) -> None:
    """Facts beside the rows that they tell of, as those are now."""
    told: dict[Table, list[Read]] = {}
    for number, entry in page:
        for said in entry["facts"]:
            if said["kind"] in TABLES:
                told.setdefault(TABLES[said["kind"]], []).append((number, said))
    for table, facts in told.items():
        rows = _rows(table, {str(said["row"]) for _, said in facts})
        for number, said in facts:
            checked.problems += _wrong_row(table, number, said, rows.get(str(said["row"])))
            for name in names_of(table, said):
                checked.rows.setdefault(name, set()).add(str(said["row"]))


def _wrong_row(table: Table, number: int, said: Mapping[str, Any], row: Mapping[str, Any] | None) -> Iterator[Problem]:
    if row is None:
        yield Problem(number, f"la fila {said['row']} de {table.name} ya no está")
    elif not _agrees(table, said, row):
        yield Problem(number, f"la fila {said['row']} de {table.name} dice otra cosa ahora")


def _agrees(table: Table, said: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """What the row says now is what was sealed of it. A fact may say more (that it was backfilled), or less: of columns
    that a later release added it cannot tell.
    """
    moves = table.may_move(said)
    now = fact(said["kind"], row)
    return all(said[name] == value for name, value in now.items() if name in said and name not in moves)


def _rows(table: Table, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    # The names are those of `told`.
    query = f"SELECT id::text, ({table.shown})::text FROM {table.name} kept WHERE id = ANY(%s::{table.key}[])"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [list(ids)])
        return {row_id: json.loads(row) for row_id, row in cursor.fetchall()}


def _wrong_roots(first: int, last: int) -> Iterator[Problem]:
    for root in LedgerRoot.objects.filter(work="", last__gte=first, last__lte=last):
        if queries.link("", root.last).digest != bytes(root.head):
            yield Problem(root.last, f"no es el de la raíz del {root.day.isoformat()}")
