"""What changes schemas."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from shared.errors import Conflict, FieldError, InvalidInput, NotFound
from telemetry_service.measurements.queries import units
from telemetry_service.schemas.layout import problems_of
from telemetry_service.schemas.models import TelemetrySchema

MEMBERS = (
    "name", "description", "schema_type", "variables", "grouping_config", "display_config", "processing_config",
    "validation_rules", "calculated_fields",
)  # fmt: skip


def create_schema(*, said: Mapping[str, Any], actor: str, now: datetime) -> TelemetrySchema:
    """Raises InvalidInput naming the path of each thing that is wrong, Conflict for a name that is taken."""
    schema = TelemetrySchema(**said, created_at=now, updated_at=now, updated_by=actor)
    _save(schema)
    return schema


def change_schema(*, schema_id: UUID, said: Mapping[str, Any], actor: str, now: datetime) -> TelemetrySchema:
    """Members not given stay. Raises as `create_schema`, and NotFound."""
    with transaction.atomic():
        schema = TelemetrySchema.objects.select_for_update().filter(id=schema_id).first()
        if schema is None:
            raise NotFound(f"No hay un esquema {schema_id}.")
        for name, value in said.items():
            setattr(schema, name, value)
        schema.updated_at, schema.updated_by = now, actor
        _save(schema)
    return schema


def delete_schema(*, schema_id: UUID) -> None:
    """Nothing that was measured goes with it."""
    deleted, _ = TelemetrySchema.objects.filter(id=schema_id).delete()
    if not deleted:
        raise NotFound(f"No hay un esquema {schema_id}.")


def _save(schema: TelemetrySchema) -> None:
    found = problems_of({name: getattr(schema, name) for name in MEMBERS}, units=units())
    if found:
        errors = [FieldError(".".join(one.path), one.problem, one.received, one.expected) for one in found]
        raise InvalidInput("El esquema no se puede aceptar.", errors=errors)
    try:
        with transaction.atomic():
            schema.save()
    except IntegrityError as error:
        if "schema_name_once" not in str(error):
            raise
        taken = FieldError("name", "otro esquema ya se llama así", schema.name, "un nombre que nadie use")
        raise Conflict("Ya existe.", errors=[taken]) from error
