"""DGA's three resources: which measurements each takes, under which name and in which format.

Manual Técnico N° 1/2025, sections 4 and 5. All values are JSON strings. What the manual prescribes is the default
here, and data of the rules in force (`formats`), which an operator corrects. Rounding happens here and nowhere before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from compliance_service.authorities.judgement import CannotSend
from shared.clock import REGULATOR_TIME

ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}
# L/s and metres with two decimals, half up; m³ cut to whole ones, at most fifteen characters; whole centimetres.
FORMATS: dict[str, dict[str, Any]] = {
    "flow": {"decimals": 2, "rounding": "half_up"},
    "level": {"decimals": 2, "rounding": "half_up"},
    "total": {"decimals": 0, "rounding": "down", "longest": 15},
    "height": {"decimals": 0, "rounding": "half_up", "times": 100},  # measured in metres, reported in centimetres
}


@dataclass(frozen=True, slots=True)
class Field:
    """`variable` is Telemetry's; `format` one of FORMATS."""

    variable: str
    format: str


@dataclass(frozen=True, slots=True)
class Resource:
    """`may_be_empty`: the field that a work registered so may leave empty (Caudales Muy Pequeños, aguas del minero)."""

    code: str
    path: str
    object: str
    fields: Mapping[str, Field]
    may_be_empty: str = ""


FLOW, TOTAL = Field("flow", "flow"), Field("total", "total")
RESOURCES = {
    resource.code: resource
    for resource in (
        Resource(
            "subterranea",
            "/mediciones/subterraneas",
            "medicionSubterranea",
            {"caudal": FLOW, "totalizador": TOTAL, "nivelFreaticoDelPozo": Field("water_table", "level")},
            may_be_empty="nivelFreaticoDelPozo",
        ),
        Resource(
            "superficial",
            "/mediciones/superficiales",
            "medicionSuperficial",
            {"caudal": FLOW, "alturaLimnimetrica": Field("level", "height")},
            may_be_empty="alturaLimnimetrica",
        ),
        Resource(
            "flujometro",
            "/mediciones/superficiales/flujometro",
            "medicionSuperficialFlujometro",
            {"caudal": FLOW, "totalizador": TOTAL},
        ),
    )
}
DEFAULT = "subterranea"


@dataclass(frozen=True, slots=True)
class Form:
    """A resource as one work fills it in."""

    resource: Resource
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: FORMATS)
    level_may_be_empty: bool = False

    @property
    def variables(self) -> Sequence[str]:
        """What has to be measured."""
        return [said.variable for name, said in self.resource.fields.items() if not self._may_be_empty(name)]

    @property
    def optional(self) -> Sequence[str]:
        """What is sent where it is measured."""
        return [said.variable for name, said in self.resource.fields.items() if self._may_be_empty(name)]

    def measurement(self, values: Mapping[str, float | Decimal], slot: datetime) -> dict[str, str]:
        """The measurement's fields. `values`: flow L/s, total m³, water_table and level m. Raises CannotSend."""
        if any(value < 0 for value in values.values()):
            raise CannotSend("negative_value")
        local = slot.astimezone(REGULATOR_TIME)
        texts = {name: self._text(name, said, values) for name, said in self.resource.fields.items()}
        return {**texts, "fechaMedicion": f"{local:%Y-%m-%d}", "horaMedicion": f"{local:%H:%M:%S}"}

    def members(self) -> dict[str, dict[str, Any]]:
        fields = self.resource.fields.items()
        return {name: {"variable": said.variable, **self.formats[said.format]} for name, said in fields}

    def _text(self, name: str, said: Field, values: Mapping[str, float | Decimal]) -> str:
        if said.variable not in values and self._may_be_empty(name):
            return ""
        try:
            text = rendered(values[said.variable], self.formats[said.format])
        except InvalidOperation as error:  # more digits than a decimal carries
            raise CannotSend(f"{said.variable}_too_long") from error
        if len(text) > self.formats[said.format].get("longest", len(text)):
            raise CannotSend(f"{said.variable}_too_long")
        return text

    def _may_be_empty(self, name: str) -> bool:
        return self.level_may_be_empty and name == self.resource.may_be_empty


def form_of(terms: Mapping[str, Any], rules: Mapping[str, Any]) -> Form:
    """`terms` of the work, `rules` in force."""
    resource = RESOURCES[terms.get("resource", DEFAULT)]
    return Form(resource, {**FORMATS, **rules.get("formats", {})}, bool(terms.get("level_may_be_empty")))


def rendered(value: float | Decimal, form: Mapping[str, Any]) -> str:
    # By its shortest text: 2.675 is what was measured, not 2.67499999999999982236431605997495353221893310546875.
    exact = (value if isinstance(value, Decimal) else Decimal(repr(value))) * Decimal(form.get("times", 1))
    return f"{exact.quantize(Decimal(1).scaleb(-form['decimals']), rounding=ROUNDINGS[form['rounding']]):f}"
