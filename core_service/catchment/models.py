"""Catchment points ("obras"), their dated configuration, and who owns them."""

from collections.abc import Collection
from uuid import uuid4

from django.db import models
from django.db.models import Q

from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplate, SchemaTemplateVersion
from core_service.users.models import User
from shared import clock

__all__ = [
    "CatchmentPoint",
    "CatchmentPointConfig",
    "CatchmentPointOwner",
    "DynamicSchema",
    "OwnershipType",
    "PointType",
    "SchemaTemplate",
    "SchemaTemplateVersion",
    "Status",
]


class PointType(models.TextChoices):
    WELL = "WELL", "Pozo"
    RIVER = "RIVER", "Río"
    LAKE = "LAKE", "Lago"
    RESERVOIR = "RESERVOIR", "Embalse"
    SPRING = "SPRING", "Vertiente"
    DRAIN = "DRAIN", "Dren"


class Status(models.TextChoices):
    ACTIVE = "ACTIVE", "Activo"
    INACTIVE = "INACTIVE", "Inactivo"
    MAINTENANCE = "MAINTENANCE", "En mantención"
    ERROR = "ERROR", "Con error"
    OFFLINE = "OFFLINE", "Sin conexión"


class CatchmentPoint(models.Model):
    """A point is never deleted, only marked: what was measured and reported there goes on naming it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField("nombre", max_length=200)
    code = models.CharField("código", max_length=100)
    point_type = models.CharField("tipo", max_length=20, choices=PointType.choices, default=PointType.WELL)
    latitude = models.DecimalField("latitud", max_digits=9, decimal_places=6, help_text="Grados WGS84, sur negativo.")
    longitude = models.DecimalField("longitud", max_digits=9, decimal_places=6, help_text="Grados WGS84.")
    altitude = models.DecimalField("altitud", max_digits=7, decimal_places=2, null=True, blank=True, help_text="m")
    status = models.CharField("estado", max_length=20, choices=Status.choices, default=Status.ACTIVE)
    sampling_frequency = models.PositiveIntegerField("frecuencia de muestreo", default=60, help_text="minutos")
    device_id = models.CharField("dispositivo", max_length=200, blank=True, default="")
    provider = models.CharField("proveedor", max_length=100, blank=True, default="")
    owner = models.ForeignKey(
        User, verbose_name="propietario", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted = models.BooleanField("eliminado", default=False, editable=False)
    created_at = models.DateTimeField("creado", default=clock.now, editable=False)
    updated_at = models.DateTimeField("modificado", default=clock.now, editable=False)
    updated_by = models.CharField("modificado por", max_length=300, editable=False)
    # The place of its last change in the feed. Given by feed.next_change, under a lock.
    change_seq = models.BigIntegerField(editable=False)

    class Meta:
        db_table = "catchment_point"
        verbose_name = "punto de captación"
        verbose_name_plural = "puntos de captación"
        constraints = [
            models.UniqueConstraint(
                fields=["code"], name="point_code_once", violation_error_message="Otro punto ya usa este código."
            ),
            models.UniqueConstraint(
                fields=["device_id"],
                condition=~Q(device_id="") & Q(deleted=False),
                name="point_device_once",
                violation_error_message="Otro punto ya usa este dispositivo.",
            ),
            # Also the index by which feed.changes_after reads.
            models.UniqueConstraint(fields=["change_seq"], name="point_change_seq_once"),
            models.CheckConstraint(condition=~Q(code=""), name="point_code_given"),
            models.CheckConstraint(condition=~Q(name=""), name="point_name_given"),
            models.CheckConstraint(condition=Q(point_type__in=PointType.values), name="point_type_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="point_status_known"),
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90),
                name="point_latitude_range",
                violation_error_message="La latitud va de -90 a 90 grados.",
            ),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180, longitude__lte=180),
                name="point_longitude_range",
                violation_error_message="La longitud va de -180 a 180 grados.",
            ),
            models.CheckConstraint(
                condition=Q(altitude=None) | Q(altitude__gte=-500, altitude__lte=9000),
                name="point_altitude_range",
                violation_error_message="La altitud va de -500 a 9000 m.",
            ),
            models.CheckConstraint(
                condition=Q(sampling_frequency__gt=0),
                name="point_sampling_frequency_positive",
                violation_error_message="La frecuencia de muestreo es de 1 minuto o más.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # No form shows `deleted`, yet a device is taken only by points that are not: left out, nobody would look.
        super().validate_constraints(exclude=set(exclude or ()) - {"deleted"})


class CatchmentPointConfig(models.Model):
    """One version of a point's configuration: it holds from `valid_from` (NULL: always) to the next one's."""

    point = models.ForeignKey(CatchmentPoint, on_delete=models.CASCADE, related_name="configs", verbose_name="punto")
    version = models.IntegerField("versión")
    valid_from = models.DateTimeField("vale desde", null=True)
    config = models.JSONField("configuración", default=dict)
    # What the point says of its own from here on. NULL: this version follows from a template alone.
    custom_config = models.JSONField("configuración propia", null=True)
    author = models.CharField("autor", max_length=300)
    created_at = models.DateTimeField("creada")

    class Meta:
        db_table = "catchment_point_config"
        verbose_name = "versión de configuración"
        verbose_name_plural = "versiones de configuración"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["point", "version"], name="point_config_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="point_config_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class OwnershipType(models.TextChoices):
    PRIMARY = "PRIMARY", "Titular"
    SECONDARY = "SECONDARY", "Cotitular"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrador"


class CatchmentPointOwner(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="usuario")
    point = models.ForeignKey(CatchmentPoint, on_delete=models.CASCADE, related_name="owners", verbose_name="punto")
    ownership_type = models.CharField(
        "calidad", max_length=20, choices=OwnershipType.choices, default=OwnershipType.PRIMARY
    )
    permissions = models.JSONField("permisos", default=dict, blank=True)
    created_at = models.DateTimeField("creado", default=clock.now, editable=False)

    class Meta:
        db_table = "catchment_point_owner"
        verbose_name = "propietario de un punto"
        verbose_name_plural = "propietarios de puntos"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "point"],
                name="owner_once",
                violation_error_message="Este usuario ya figura en este punto.",
            ),
            models.UniqueConstraint(
                fields=["point"],
                condition=Q(ownership_type="PRIMARY"),
                name="owner_one_primary",
                violation_error_message="Este punto ya tiene un titular.",
            ),
            models.CheckConstraint(condition=Q(ownership_type__in=OwnershipType.values), name="owner_type_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.point}"
