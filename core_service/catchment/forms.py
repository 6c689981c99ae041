"""The admin's form of a point: beside its fields, the configuration that makes its next version."""

import json
from datetime import datetime
from typing import Any

from django import forms

from core_service.catchment.models import CatchmentPoint
from core_service.catchment.operations import NewConfig, check_config
from core_service.catchment.versions import version_at
from shared import clock
from shared.errors import InvalidInput
from shared.point_config.whole import problems_of_part


class PrettyJSON(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2, "sort_keys": False, "ensure_ascii": False})


class PointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    config = forms.JSONField(
        label="Configuración",
        required=False,
        encoder=PrettyJSON,
        widget=forms.Textarea(attrs={"rows": 16, "cols": 80, "spellcheck": "false"}),
        help_text="Largos en metros. pulses_per_liter: pulsos por litro; 0.001 si el medidor ya entrega m³.",
    )
    config_valid_from = forms.SplitDateTimeField(
        label="Vale desde",
        required=False,
        widget=forms.SplitDateTimeWidget(date_attrs={"type": "date"}, time_attrs={"type": "time"}),
        help_text="Hora de Chile. Vacío: desde ahora; desde siempre si es la primera versión.",
    )
    config_always = forms.BooleanField(
        label="Vale desde siempre", required=False, help_text="Corrige lo que estaba mal desde el comienzo."
    )

    class Meta:
        model = CatchmentPoint
        fields: Any = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Its first place in the feed comes with its first save.
        self.is_new = self.instance.change_seq is None
        own = () if self.is_new else self.instance.configs.exclude(custom_config=None)
        current = version_at(own, clock.now())
        if "config" in self.fields:
            self.fields["config"].initial = current.custom_config if current else {}

    def clean_config(self) -> dict[str, Any]:
        config = self.cleaned_data["config"]
        config = {} if config is None else config
        found = problems_of_part(config)
        if found:
            raise forms.ValidationError([f"{'.'.join(one.path)}: {one.problem}; {one.expected}" for one in found])
        return dict(config)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("config_always") and cleaned.get("config_valid_from"):
            self.add_error("config_always", "Elija uno: desde siempre o desde una fecha.")
        if "config" in cleaned and not self.errors:
            self._check_whole()
        return cleaned

    def _check_whole(self) -> None:
        """With the templates that the point uses, which what is entered completes."""
        config = NewConfig(self.cleaned_data["config"], self.config_since(clock.now()))
        try:
            check_config(point=self.instance, config=config)
        except InvalidInput as error:
            for one in error.errors:
                self.add_error("config", f"{one.field}: {one.problem}; {one.expected}")

    def config_since(self, now: datetime) -> datetime | None:
        if self.cleaned_data["config_always"]:
            return None
        return self.cleaned_data["config_valid_from"] or (None if self.is_new else now)
