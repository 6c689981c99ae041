"""What is reported and owed: configurations, sums, explanations."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.dga import rut
from compliance_service.authorities.interface import Authority
from compliance_service.authorities.queries import active_source
from compliance_service.authorities.registry import AUTHORITIES, authority_of
from compliance_service.obligations import operations, queries
from compliance_service.obligations.models import Cause, ComplianceConfig
from compliance_service.obligations.terms import checked_terms
from compliance_service.points.queries import known_points
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import Forbidden, NotFound
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

LONGEST_PASSWORD = 200


class Instant(serializers.DateTimeField):
    """An ISO instant with its offset: a naive one would be somebody's guess."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise serializers.ValidationError(f"no es un instante con zona{RIGHT}2024-03-25T13:00:00-04:00")
        return at.astimezone(UTC)


class Rut(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        try:
            return rut.normalise(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(f"{error}{RIGHT}un RUT como 12345678-5") from error


class ConfigBody(StrictSerializer):
    point = serializers.UUIDField()
    source = serializers.CharField(max_length=20)  # type: ignore[assignment]  # a field of ours named like one of DRF's
    work_code = serializers.CharField(max_length=40)
    standard = serializers.CharField(max_length=40)
    informant_rut = Rut(required=False, default="")
    company_rut = Rut()
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    start_date = Instant()
    end_date = Instant(required=False, allow_null=True, default=None)
    terms = serializers.DictField(required=False, default=dict)
    is_shadow = serializers.BooleanField(required=False, default=False)

    def validate_point(self, value: Any) -> Any:
        if value not in known_points([value]):
            raise serializers.ValidationError(f"no se conoce ese punto{RIGHT}el id de un punto de Core")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        source = active_source(attrs["source"])
        if source is None or source.code not in AUTHORITIES:
            raise serializers.ValidationError(
                {"source": f"no es una fuente activa{RIGHT}un code de /api/compliance/sources/"}
            )
        standards = source.config["standards"]
        if attrs["standard"] not in standards:
            raise serializers.ValidationError({"standard": f"estándar desconocido{RIGHT}uno de {', '.join(standards)}"})
        if attrs["end_date"] and attrs["end_date"] <= attrs["start_date"]:
            raise serializers.ValidationError({"end_date": f"no es posterior a start_date{RIGHT}un instante posterior"})
        authority = authority_of(source.code)
        _check_work(authority, attrs)
        return attrs | {"terms": checked_terms(source, attrs["terms"], point=attrs["point"])}


def _check_work(authority: Authority, attrs: dict[str, Any]) -> None:
    if not authority.is_work_code(attrs["work_code"]):
        expected = f"no es un código de obra{RIGHT}{authority.work_code_example}"
        raise serializers.ValidationError({"work_code": expected})
    if authority.needs_informant and not attrs["informant_rut"]:
        raise serializers.ValidationError({"informant_rut": f"falta{RIGHT}un RUT como 12345678-5"})


class Configs(APIView):
    def get_permissions(self) -> list[Any]:
        return [needs("compliance:write" if self.request.method == "POST" else "compliance:read")()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = str(page.after[0]) if page.after else ""
        rows = queries.configs(points=principal_of(request).points, after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda config: (config.work_code,))
        return Response({**body, "results": [shown(config) for config in body["results"]]})

    def post(self, request: Request) -> Response:
        body = ConfigBody(data=request.data)
        body.is_valid(raise_exception=True)
        principal = principal_of(request)
        _must_see(principal, body.validated_data["point"])
        for point in authority_of(body.validated_data["source"]).points_of(body.validated_data["terms"]):
            _must_see(principal, point)
        new = operations.NewConfig(**body.validated_data)
        return Response(shown(operations.create_config(new=new, by=principal.actor, now=clock.now())), status=201)


class ConfigChanges(StrictSerializer):
    informant_rut = Rut(required=False)
    company_rut = Rut(required=False)
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, required=False)
    end_date = Instant(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    terms = serializers.DictField(required=False)


class OneConfig(APIView):
    permission_classes = [needs("compliance:write")]

    def patch(self, request: Request, config_id: UUID) -> Response:
        """Who reports, what and until when. What holds the duties together (point, code, standard, start) stays."""
        body = ConfigChanges(data=request.data)
        body.is_valid(raise_exception=True)
        config, changes = seen_config(request, config_id), dict(body.validated_data)
        if "terms" in changes:
            authority = authority_of(config.source_id)
            changes["terms"] = checked_terms(config.source, changes["terms"], point=config.point_id)
            for point in authority.points_of(changes["terms"]):
                _must_see(principal_of(request), point)
        return Response(shown(operations.change_config(config_id=config_id, changes=changes)))


class SummaryQuery(StrictQuery):
    point = serializers.UUIDField(required=False)


class Summary(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        query = SummaryQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        principal, point = principal_of(request), query.validated_data.get("point")
        if point:
            _must_see(principal, point)
        points = [point] if point else principal.points
        return Response({"results": queries.summary(points=points, now=clock.now()), "next": None})


class EvidenceBody(StrictSerializer):
    """Something that shows why: a document, a photo, an incident of the provider, an outage, an event of Telemetry."""

    kind = serializers.ChoiceField(choices=["document", "photo", "incident", "outage", "event", "other"])
    reference = serializers.CharField(max_length=300)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", required=False)


class ExplainBody(StrictSerializer):
    config = serializers.UUIDField()
    to = Instant()
    cause = serializers.ChoiceField(choices=Cause.values)
    note = serializers.CharField(max_length=2000)
    evidence = serializers.ListField(child=EvidenceBody(), required=False, default=list, max_length=20)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
        return attrs


def explain_body(request: Request) -> tuple[dict[str, Any], ComplianceConfig]:
    """The checked body of an explanation, and the configuration that it is about."""
    body = ExplainBody(data=request.data)
    body.is_valid(raise_exception=True)
    return body.validated_data, seen_config(request, body.validated_data["config"])


def seen_config(request: Request, config_id: UUID) -> ComplianceConfig:
    """The configuration, if whoever asks may see its point."""
    config = queries.config_of(config_id)
    if config is None or not principal_of(request).may_see(config.point_id):
        raise NotFound("No hay una configuración con ese id.")
    return config


def shown(config: ComplianceConfig) -> dict[str, Any]:
    """Everything but the password, which never comes back."""
    return {
        "id": str(config.id),
        "point": str(config.point_id),
        "source": config.source_id,
        "work_code": config.work_code,
        "standard": config.standard,
        "informant_rut": config.informant_rut,
        "company_rut": config.company_rut,
        "terms": config.terms,
        "start_date": config.start_date,
        "end_date": config.end_date,
        "is_active": config.is_active,
        "is_shadow": config.is_shadow,
        "is_by_hand": config.is_by_hand,
        "stopped_at": config.stopped_at,
        "stopped_reason": config.stopped_reason,
    }


def _must_see(principal: Principal, point: Any) -> None:
    if not principal.may_see(point):
        raise Forbidden(f"Sin acceso al punto {point}.")
