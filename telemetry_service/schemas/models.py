"""What is shown together of a point, and how. The numbers themselves stay where they are: see groups."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class SchemaType(models.TextChoices):
    MEASUREMENT = "MEASUREMENT", "Medición"
    DASHBOARD = "DASHBOARD", "Tablero"
    REPORT = "REPORT", "Informe"
    ALERT = "ALERT", "Alerta"
    COMPLIANCE = "COMPLIANCE", "Cumplimiento"
    CUSTOM = "CUSTOM", "A medida"


class TelemetrySchema(models.Model):
    """The members are as the specification names them; `layout.problems_of` says what each may hold."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=200)
    description = models.TextField(default="", blank=True)
    schema_type = models.CharField(max_length=20, choices=SchemaType)
    variables = ArrayField(models.CharField(max_length=40))
    grouping_config = models.JSONField(default=dict)
    display_config = models.JSONField(default=dict)
    processing_config = models.JSONField(default=dict)
    validation_rules = models.JSONField(default=dict)
    calculated_fields = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=200)

    class Meta:
        db_table = "telemetry_schema"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="schema_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="schema_name_given"),
            models.CheckConstraint(condition=Q(schema_type__in=SchemaType.values), name="schema_type_known"),
            models.CheckConstraint(condition=Q(variables__len__gte=1), name="schema_shows_something"),
        ]

    def __str__(self) -> str:
        return self.name
