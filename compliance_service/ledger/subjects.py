"""What facts are about: whose chain they belong to, and which duty. Asked of the database for many rows at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from compliance_service.ledger.canonical import Subject

SUBMISSIONS = """
SELECT data.id::text, config.source_id || '/' || config.work_code, to_json(data.slot_at) #>> '{}'
  FROM compliance_data data JOIN compliance_config config ON config.id = data.config_id WHERE data.id = ANY(%s::uuid[])
"""
RECEIPTS = "SELECT id, submission_id::text FROM receipt WHERE id = ANY(%s)"
CONFIGS = "SELECT id::text, source_id || '/' || work_code FROM compliance_config WHERE id = ANY(%s::uuid[])"
# The chain of a row whose submission or configuration is there no more.
UNKNOWN = "unknown"
HISTORY = "history"


def subjects_of(rows: Sequence[dict[str, Any]]) -> Iterator[Subject]:
    """The subject of each row. A row is one of the hooked tables', or a change of one: {table, before, after}."""
    told = [row.get("after") or row["before"] if "before" in row else row for row in rows]
    receipts = dict(_ask(RECEIPTS, _values(told, "receipt_id")))
    told = [row | {"submission_id": receipts.get(row["receipt_id"])} if "receipt_id" in row else row for row in told]
    submissions = {row[0]: row[1:] for row in _ask(SUBMISSIONS, _values(told, "submission_id"))}
    works = dict(_ask(CONFIGS, _values(told, "config_id")))
    for row in told:
        yield _subject(row, submissions, works)


def _subject(row: Mapping[str, Any], submissions: Mapping[str, tuple[str, str]], works: Mapping[str, str]) -> Subject:
    if "submission_id" in row:
        work, slot_at = submissions.get(row["submission_id"], (UNKNOWN, None))
        return Subject(work, row["submission_id"], slot_at)
    if "config_id" in row:  # a duty, its submission, a file that was taken there, a notice
        submission = row["id"] if "obligation_id" in row else None
        return Subject(works.get(row["config_id"], UNKNOWN), submission, row.get("slot_at"))
    if "usuario" in row:  # a company's, and in no chain that another company is given
        return Subject(f"{HISTORY}/{row['company_rut']}")
    if "code" not in row and "work_code" not in row:  # a source's rules, and what its words mean
        return Subject(row["source_id"])
    return Subject(f"{row['source_id']}/{row['work_code']}" if "work_code" in row else row["code"])


def _values(rows: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    return list({row[name] for row in rows if row.get(name)})


def _ask(query: str, ids: list[Any]) -> list[Any]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [ids])
        return list(cursor.fetchall())
