"""Reads of the sources, the versions of their rules, and what the words of their refusals mean."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.classify import Row
from compliance_service.authorities.models import AnswerRule, ComplianceSource, RulePack
from compliance_service.authorities.rules import ALWAYS, Version, first_rules

IN_FORCE = """
SELECT source_id, pattern, meaning FROM answer_rule
 WHERE source_id = ANY(%(codes)s) AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
 ORDER BY position, id
"""


def sources(*, after: str = "", limit: int) -> Sequence[ComplianceSource]:
    return list(ComplianceSource.objects.filter(code__gt=after).order_by("code")[:limit])


def source_of(code: str) -> ComplianceSource | None:
    return ComplianceSource.objects.filter(code=code).first()


def active_source(code: str) -> ComplianceSource | None:
    return ComplianceSource.objects.filter(code=code, is_active=True).first()


def versions_of(code: str) -> list[Version]:
    """Ascending; the first is valid always."""
    rows = RulePack.objects.filter(source_id=code).order_by("version")
    found = [Version(*row) for row in rows.values_list("version", "valid_from", "rules")]
    return found or [Version(1, ALWAYS, first_rules(ComplianceSource.objects.get(code=code).config))]


def packs_of(code: str) -> list[RulePack]:
    """The newest first."""
    return list(RulePack.objects.filter(source_id=code).order_by("-version"))


def answer_rows(codes: Iterable[str], *, at: datetime) -> dict[str, list[Row]]:
    """By source, the rows in force at an instant, in their order."""
    found: dict[str, list[Row]] = {code: [] for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"codes": list(found), "at": at})
        for code, pattern, meaning in cursor.fetchall():
            found[code].append(Row(pattern, Meaning(meaning)))
    return found


def answer_rules(code: str) -> list[AnswerRule]:
    """Those in force first, by position."""
    return list(AnswerRule.objects.filter(source_id=code).order_by("valid_to", "position", "id"))
