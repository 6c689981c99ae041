"""The terms of a configuration, checked before they are saved: by its authority, its source's row, and the points."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from compliance_service.authorities.interface import Authority, BadTerms, Work
from compliance_service.authorities.judgement import CannotSend
from compliance_service.authorities.models import ComplianceSource
from compliance_service.authorities.registry import authority_of
from compliance_service.authorities.schema import ANYTHING, Schema
from compliance_service.points.queries import known_points
from shared.web.field_errors import RIGHT

# Any hour and any number will do: it is the form that is looked at.
SAMPLE_SLOT, SAMPLE = datetime(2026, 1, 1, tzinfo=UTC), 1.0


def checked_terms(source: ComplianceSource, given: Mapping[str, Any], *, point: UUID) -> dict[str, Any]:
    """Complete. Raises ValidationError that names the field."""
    authority = authority_of(source.code)
    try:
        terms = authority.read_terms(given)
    except BadTerms as error:
        raise serializers.ValidationError({error.field: f"{error.problem}{RIGHT}{error.expected}"}) from error
    named = authority.points_of(terms)
    if named - known_points(named).keys():
        raise serializers.ValidationError({"terms": f"no se conoce ese punto{RIGHT}el id de un punto de Core"})
    work = Work(point, "", "", "", "", terms, source.config, "", ANYTHING)
    _supported(authority, work, source)
    _of_the_form(authority, work, Schema(source.required_schema))
    return terms


def _supported(authority: Authority, work: Work, source: ComplianceSource) -> None:
    """`supported_variables` of the source; empty is any."""
    known = source.supported_variables
    unknown = sorted({variable for _, variable in authority.wanted(work)} - set(known)) if known else []
    if unknown:
        problem = f"{source.code} no recibe la variable «{unknown[0]}»"
        raise serializers.ValidationError({"terms": f"{problem}{RIGHT}una de {', '.join(sorted(known))}"})


def _of_the_form(authority: Authority, work: Work, schema: Schema) -> None:
    """What would be sent has the form of `required_schema`: else every hour of the work would be held."""
    form = authority.form(work)
    if form is None:
        return
    try:
        misfit = schema.misfit(form.measurement(dict.fromkeys(form.variables, SAMPLE), SAMPLE_SLOT))
    except CannotSend as error:
        misfit = error.reason
    if misfit:
        problem = f"lo que se enviaría no tiene la forma que pide la fuente: {misfit}"
        expected = "términos y formatos que concuerden con required_schema"
        raise serializers.ValidationError({"terms": f"{problem}{RIGHT}{expected}"})
