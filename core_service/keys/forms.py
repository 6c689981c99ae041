"""The admin's form of a key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from core_service.catchment.models import CatchmentPoint
from core_service.keys.models import MOST_IN_SCOPE, ApiKey
from shared import clock


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    sources = SimpleArrayField(
        forms.UUIDField(),
        label="Fuentes",
        required=False,
        max_length=MOST_IN_SCOPE,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "spellcheck": "false"}),
        help_text="Los ids de las fuentes, separados por comas.",
    )
    points = forms.ModelMultipleChoiceField(
        CatchmentPoint.objects.filter(deleted=False).order_by("code"),
        label="Todas las fuentes de estos puntos",
        required=False,
    )

    class Meta:
        model = ApiKey
        fields = ("name", "sources", "points", "expires_at")

    def clean_sources(self) -> list[UUID]:
        return sorted(set(self.cleaned_data["sources"] or ()))

    def clean_points(self) -> Sequence[UUID]:
        return sorted(point.id for point in self.cleaned_data["points"])

    def clean_expires_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["expires_at"]
        if at is not None and at <= clock.now():
            raise forms.ValidationError("Ya pasó: para terminarla ahora, revóquela.")
        return at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("sources") and not cleaned.get("points") and not self.errors:
            self.add_error("points", "Diga para qué fuentes o puntos es.")
        return cleaned
