"""Configuration that several points share, and since when until when a point uses it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class SchemaTemplate(models.Model):
    """A template of a point's configuration. What it says has dates: see its versions."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField("nombre", max_length=200)
    category = models.CharField("categoría", max_length=100, blank=True, default="")
    description = models.TextField("descripción", blank=True, default="")
    created_at = models.DateTimeField("creada", editable=False)
    updated_at = models.DateTimeField("modificada", editable=False)
    updated_by = models.CharField("modificada por", max_length=300, editable=False)

    class Meta:
        db_table = "schema_template"
        verbose_name = "plantilla"
        verbose_name_plural = "plantillas"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="template_name_once", violation_error_message="Otra plantilla ya se llama así."
            ),
            models.CheckConstraint(condition=~Q(name=""), name="template_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class SchemaTemplateVersion(models.Model):
    """It holds from `valid_from` (NULL: always) to the next one's; of two from the same time the higher wins."""

    template = models.ForeignKey(
        SchemaTemplate, on_delete=models.CASCADE, related_name="versions", verbose_name="plantilla"
    )
    version = models.IntegerField("versión")
    valid_from = models.DateTimeField("vale desde", null=True)
    config = models.JSONField("configuración", default=dict)
    author = models.CharField("autor", max_length=300)
    created_at = models.DateTimeField("creada")

    class Meta:
        db_table = "schema_template_version"
        verbose_name = "versión de plantilla"
        verbose_name_plural = "versiones de plantilla"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["template", "version"], name="template_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="template_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class DynamicSchema(models.Model):
    """A point uses a template from `valid_from` (NULL: always) until `valid_to` (NULL: on and on).

    No two of a point overlap: `dynamic_schema_no_overlap`, in the migration. The point's own configuration stands
    before what the template says, member by member.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    point = models.ForeignKey(
        "catchment.CatchmentPoint", on_delete=models.CASCADE, related_name="schemas", verbose_name="punto"
    )
    template = models.ForeignKey(
        SchemaTemplate, on_delete=models.PROTECT, related_name="uses", verbose_name="plantilla"
    )
    valid_from = models.DateTimeField("vale desde", null=True, blank=True)
    valid_to = models.DateTimeField("vale hasta", null=True, blank=True)
    created_at = models.DateTimeField("creado", editable=False)
    updated_at = models.DateTimeField("modificado", editable=False)
    updated_by = models.CharField("modificado por", max_length=300, editable=False)

    class Meta:
        db_table = "dynamic_schema"
        verbose_name = "plantilla de un punto"
        verbose_name_plural = "plantillas de puntos"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="dynamic_schema_ends_after_it_begins",
                violation_error_message="Termina antes de empezar.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point} · {self.template}"
