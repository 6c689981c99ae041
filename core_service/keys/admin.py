"""The admin's pages of keys: a text is on the page that makes it, and on no other."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from core_service.keys import operations
from core_service.keys.fields import USUAL_OVERLAP_H
from core_service.keys.forms import KeyForm
from core_service.keys.models import ApiKey, ApiKeyEvent, ApiKeySecret
from core_service.keys.operations import CHANGEABLE, Asker, Made
from core_service.keys.queries import state_of
from shared import clock
from shared.errors import StackError

STATES = {"active": "Vigente", "expired": "Vencida", "revoked": "Revocada"}


class ReadOnly(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SecretInline(ReadOnly):
    model = ApiKeySecret
    fields = readonly_fields = ("prefix", "made_at", "made_by", "ends_at")


class EventInline(ReadOnly):
    model = ApiKeyEvent
    fields = readonly_fields = ("at", "by", "what", "said")
    ordering = ("-at", "-id")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    form = KeyForm
    inlines = [SecretInline, EventInline]
    actions = ["rotate", "revoke"]
    list_display = ("name", "state", "expires_at", "last_used_at", "created_by", "created_at")
    search_fields = ("name", "secrets__prefix")
    readonly_fields = ("id", "state", "last_used_at", "created_at", "created_by", "updated_at", "updated_by")
    fieldsets = (
        (None, {"fields": ("name", "sources", "points", "expires_at")}),
        ("Estado", {"fields": ("id", "state", "last_used_at", "created_at", "created_by", "updated_at", "updated_by")}),
    )

    @admin.display(description="Estado")
    def state(self, key: ApiKey) -> str:
        return STATES[state_of(key, clock.now())] if key.created_at else "—"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        asker, now = _asker(request), clock.now()
        if change:
            changed = {name: getattr(obj, name) for name in form.changed_data if name in CHANGEABLE}
            operations.change_key(key_id=obj.id, fields=changed, asker=asker, now=now)
        else:
            fields = {name: getattr(obj, name) for name in CHANGEABLE}
            # With the request, not with this object: one ModelAdmin serves every thread.
            request.made_key = operations.create_key(  # type: ignore[attr-defined]
                fields=fields, asker=asker, now=now, key_id=obj.id
            )

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._shown_once(request, request.made_key)  # type: ignore[attr-defined]

    @admin.action(description="Cambiar por otra (la anterior vale una semana más)", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        key = queryset.first()
        if key is None or queryset.count() > 1:
            self.message_user(request, "Elija una sola clave: su texto se muestra una vez.", messages.ERROR)
            return None
        overlap = timedelta(hours=USUAL_OVERLAP_H)
        try:
            made = operations.rotate_key(key_id=key.id, overlap=overlap, asker=_asker(request), now=clock.now())
        except StackError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return None
        return self._shown_once(request, made)

    @admin.action(description="Revocar para siempre", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            try:
                operations.revoke_key(key_id=key.id, reason="", asker=_asker(request), now=clock.now())
            except StackError as error:
                self.message_user(request, f"{key}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{key}: revocada.", messages.SUCCESS)

    def _shown_once(self, request: HttpRequest, made: Made) -> HttpResponse:
        """No redirect: between two pages a text would have to be kept somewhere."""
        context = {**self.admin_site.each_context(request), "title": "Clave hecha", "made": made, "opts": self.opts}
        response = TemplateResponse(request, "keys/made.html", context)
        add_never_cache_headers(response)
        return response


def _asker(request: HttpRequest) -> Asker:
    return Asker(f"user:{request.user}", None)
