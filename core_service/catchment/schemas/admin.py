"""The admin's pages of templates and of their uses."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core_service.catchment.forms import PrettyJSON
from core_service.catchment.operations import NewConfig
from core_service.catchment.schemas import operations
from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplate, SchemaTemplateVersion
from core_service.catchment.schemas.operations import Asked
from core_service.catchment.versions import version_at
from shared import clock
from shared.errors import StackError
from shared.point_config.whole import problems_of_part


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    config = forms.JSONField(
        label="Configuración",
        required=False,
        encoder=PrettyJSON,
        widget=forms.Textarea(attrs={"rows": 16, "cols": 80, "spellcheck": "false"}),
        help_text="La de un punto, entera o en parte: lo que falta lo dice cada punto.",
    )
    config_valid_from = forms.SplitDateTimeField(
        label="Vale desde",
        required=False,
        widget=forms.SplitDateTimeWidget(date_attrs={"type": "date"}, time_attrs={"type": "time"}),
        help_text="Hora de Chile. Vacío: desde ahora; desde siempre si es la primera versión.",
    )

    class Meta:
        model = SchemaTemplate
        fields: Any = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = not self.instance.updated_by
        current = None if self.is_new else version_at(self.instance.versions.all(), clock.now())
        self.fields["config"].initial = current.config if current else {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        config = cleaned.get("config") or {}
        for one in problems_of_part(config):
            self.add_error("config", f"{'.'.join(one.path)}: {one.problem}; {one.expected}")
        if not self.errors:
            self._try(NewConfig(config, self.since()))
        return cleaned

    def since(self) -> Any:
        return self.cleaned_data["config_valid_from"] or (None if self.is_new else clock.now())

    def _try(self, config: NewConfig) -> None:
        """A dry run: whether every point that uses it can complete it."""
        if self.is_new:
            return
        asked = Asked("admin", clock.now(), dry_run=True)
        try:
            operations.update_template(template_id=self.instance.id, fields={}, config=config, asked=asked)
        except StackError as error:
            self.add_error("config", str(error))


class VersionInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    """What it said and when: to read. The form above makes the next version."""

    model = SchemaTemplateVersion
    extra = 0
    can_delete = False
    fields = readonly_fields = ("version", "valid_from", "config", "author", "created_at")
    ordering = ("-version",)
    empty_value_display = "siempre"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SchemaTemplate)
class SchemaTemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    form = TemplateForm
    inlines = [VersionInline]
    list_display = ("name", "category", "updated_at", "updated_by")
    list_filter = ("category",)
    search_fields = ("name", "category")
    readonly_fields = ("id", "created_at", "updated_at", "updated_by")
    fields = ("name", "category", "description", "config", "config_valid_from", *readonly_fields)

    def save_model(self, request: HttpRequest, obj: SchemaTemplate, form: Any, change: bool) -> None:
        fields = {name: getattr(obj, name) for name in ("name", "category", "description")}
        config, asked = NewConfig(form.cleaned_data["config"] or {}, form.since()), _asked(request)
        if not change:
            made = operations.create_template(fields=fields, config=config, asked=asked)
            obj.id, obj.created_at = made.id, made.created_at
        elif {"config", "config_valid_from"} & set(form.changed_data):
            operations.update_template(template_id=obj.id, fields=fields, config=config, asked=asked)
        else:
            operations.update_template(template_id=obj.id, fields=fields, config=None, asked=asked)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        unused = obj is not None and not obj.uses.exists()
        return unused and super().has_delete_permission(request, obj)


class UseForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = DynamicSchema
        fields: Any = ("point", "template", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                _write(self.instance, cleaned, Asked("admin", clock.now(), dry_run=True))
            except StackError as error:
                for one in error.errors:
                    field = one.field if one.field in self.fields else None
                    self.add_error(field, f"{one.field}: {one.problem}; {one.expected}")
        return cleaned


@admin.register(DynamicSchema)
class DynamicSchemaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    form = UseForm
    list_display = ("point", "template", "valid_from", "valid_to", "updated_by")
    list_filter = ("template",)
    list_select_related = ("point", "template")
    search_fields = ("point__code", "point__name", "template__name")
    autocomplete_fields = ("point", "template")
    empty_value_display = "—"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What holds since when stays said; it can only end."""
        return ("point", "template", "valid_from") if obj else ()

    def save_model(self, request: HttpRequest, obj: DynamicSchema, form: Any, change: bool) -> None:
        made = _write(obj, form.cleaned_data, _asked(request))
        obj.id, obj.created_at = made.id, made.created_at

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DynamicSchema]:
        return super().get_queryset(request).filter(point__deleted=False)


def _write(use: DynamicSchema, said: dict[str, Any], asked: Asked) -> DynamicSchema:
    if use.updated_by:
        return operations.end_use(schema_id=use.id, valid_to=said["valid_to"], asked=asked)[0]
    made, _ = operations.use_template(
        point_id=said["point"].id,
        template_id=said["template"].id,
        period=(said["valid_from"], said["valid_to"]),
        custom=None,
        asked=asked,
    )
    return made


def _asked(request: HttpRequest) -> Asked:
    return Asked(f"user:{request.user}", clock.now())
