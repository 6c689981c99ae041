"""Whether the works that report to a source could go on if its row were another."""

import json
from collections.abc import Iterator

from rest_framework import serializers

from compliance_service.authorities.models import ComplianceSource
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.terms import checked_terms
from shared.errors import FieldError, InvalidInput

MOST_NAMED = 10


def works_go_on(source: ComplianceSource) -> None:
    """Raises InvalidInput that names works all of whose hours would be held, or whose variable would not be taken."""
    errors = list(_refused(source))
    if errors:
        raise InvalidInput("Hay obras que no podrían seguir informando a la fuente.", errors=errors[:MOST_NAMED])


def _refused(source: ComplianceSource) -> Iterator[FieldError]:
    """Works mostly have the same terms: each is looked at once, and its first work named."""
    seen: set[str] = set()
    works = ComplianceConfig.objects.filter(source_id=source.code, is_active=True).order_by("work_code")
    for code, point, terms in works.values_list("work_code", "point_id", "terms"):
        key = json.dumps(terms, sort_keys=True)
        if key in seen:
            continue
        seen.add(key)
        try:
            checked_terms(source, terms, point=point)
        except serializers.ValidationError as error:
            said = "; ".join(str(one) for one in dict(error.detail).values())  # type: ignore[arg-type]
            yield FieldError(f"works.{code}", said, expected="un cambio con el que la obra pueda seguir")
