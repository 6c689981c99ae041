"""Reads of the sources, the versions of their rules, and what the words of their refusals mean."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.classify import Row
from compliance_service.authorities.models import AnswerRule, ComplianceSource, RulePack
from compliance_service.authorities.rules import ALWAYS, Version, first_rules


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
    valid = Q(valid_to=None) | Q(valid_to__gt=at)
    rows = AnswerRule.objects.filter(valid, source_id__in=set(codes), valid_from__lte=at).order_by("position", "id")
    found: dict[str, list[Row]] = {code: [] for code in codes}
    for code, pattern, meaning in rows.values_list("source_id", "pattern", "meaning"):
        found[code].append(Row(pattern, Meaning(meaning)))
    return found


def answer_rules(code: str) -> list[AnswerRule]:
    """Those in force first, by position."""
    return list(AnswerRule.objects.filter(source_id=code).order_by("valid_to", "position", "id"))
