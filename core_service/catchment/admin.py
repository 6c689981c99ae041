from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core_service.catchment import operations
from core_service.catchment.forms import PointForm
from core_service.catchment.models import CatchmentPoint, CatchmentPointConfig, CatchmentPointOwner
from core_service.catchment.operations import NewConfig
from core_service.catchment.pulses import readings_of
from core_service.catchment.schemas.admin import DynamicSchemaAdmin, SchemaTemplateAdmin
from core_service.catchment.versions import version_at
from shared import clock

__all__ = ["CatchmentPointAdmin", "CatchmentPointOwnerAdmin", "DynamicSchemaAdmin", "SchemaTemplateAdmin"]
POINT_FIELDS = (
    "name", "code", "point_type", "latitude", "longitude", "altitude", "status",
    "sampling_frequency", "device_id", "provider", "owner_id",
)  # fmt: skip


class ConfigInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    """What was configured and when: to read. The form above makes the next version."""

    model = CatchmentPointConfig
    extra = 0
    can_delete = False
    fields = readonly_fields = ("version", "valid_from", "custom_config", "config", "author", "created_at")
    ordering = ("-version",)
    empty_value_display = "siempre"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CatchmentPoint)
class CatchmentPointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    form = PointForm
    inlines = [ConfigInline]
    list_display = ("code", "name", "point_type", "status", "provider", "owner", "updated_at")
    list_filter = ("point_type", "status", "provider")
    list_select_related = ("owner",)
    search_fields = ("code", "name", "device_id")
    autocomplete_fields = ("owner",)
    readonly_fields = ("id", "pulse_readings", "created_at", "updated_at", "updated_by")
    fieldsets = (
        (None, {"fields": ("name", "code", "point_type", "status", "owner", "id")}),
        ("Ubicación", {"fields": ("latitude", "longitude", "altitude")}),
        ("Telemetría", {"fields": ("sampling_frequency", "device_id", "provider")}),
        ("Configuración", {"fields": ("config", "pulse_readings", "config_valid_from", "config_always")}),
        ("Cambios", {"fields": ("created_at", "updated_at", "updated_by")}),
    )

    @admin.display(description="Un pulso es")
    def pulse_readings(self, point: CatchmentPoint) -> str:
        current = version_at(point.configs.all(), clock.now())
        readings = readings_of(current.config) if current else {}
        return " · ".join(f"{variable}: {reading.text}" for variable, reading in readings.items()) or "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatchmentPoint]:
        return super().get_queryset(request).filter(deleted=False)

    def save_model(self, request: HttpRequest, obj: CatchmentPoint, form: Any, change: bool) -> None:
        fields = {name: getattr(obj, name) for name in POINT_FIELDS}
        now, who = clock.now(), _who(request)
        config = NewConfig(form.cleaned_data["config"], form.config_since(now))
        if change:
            operations.update_point(point_id=obj.id, fields=fields, config=config, who=who, now=now)
        else:
            operations.create_point(fields=fields, config=config, who=who, now=now, point_id=obj.id)

    def delete_model(self, request: HttpRequest, obj: CatchmentPoint) -> None:
        operations.delete_point(point_id=obj.id, who=_who(request), now=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CatchmentPoint]) -> None:
        for point in queryset:
            self.delete_model(request, point)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only the points themselves: they are marked, and nothing that hangs on them goes."""
        points = [str(point) for point in objs]
        return points, {self.opts.verbose_name_plural: len(points)}, set(), []


@admin.register(CatchmentPointOwner)
class CatchmentPointOwnerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("point", "user", "ownership_type", "created_at")
    list_filter = ("ownership_type",)
    list_select_related = ("point", "user")
    search_fields = ("point__code", "point__name", "user__email")
    autocomplete_fields = ("point", "user")
    readonly_fields = ("created_at",)


def _who(request: HttpRequest) -> str:
    return f"user:{request.user}"
