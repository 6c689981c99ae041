"""What a page offers to choose from when it asks how a file is to be read."""

from datetime import datetime
from typing import Any

from telemetry_service.imports.mapping.formats import EPOCH_MS, EPOCH_S, EXCEL, ISO
from telemetry_service.imports.mapping.units import units_of
from telemetry_service.measurements.models import Variable
from telemetry_service.raw.variables import COLLECTED

EXAMPLE = datetime(2024, 3, 25, 17, 30, 15)  # noqa: DTZ001 as a file says it
SPELLED = {
    ISO: "2024-03-25T17:30:15Z",
    EXCEL: "45376.7293 (número de Excel)",
    EPOCH_S: "1711387815 (segundos)",
    EPOCH_MS: "1711387815000 (milisegundos)",
    "%d-%m-%Y %I:%M:%S %p": "25-03-2024 05:30:15 p. m.",
    "%d/%m/%Y %I:%M:%S %p": "25/03/2024 05:30:15 p. m.",
    "%d-%b-%Y %H:%M": "25-mar-2024 17:30",
}
FORMATS = (
    ISO,
    *(f"{day} {clock}" for day in ("%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%m/%d/%Y") for clock in ("%H:%M", "%H:%M:%S")),
    "%d-%m-%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M",
    "%d-%m-%Y",
    "%d/%m/%Y",
    EXCEL,
    EPOCH_S,
    EPOCH_MS,
)
ZONES = {
    "America/Santiago": "Chile continental, con cambio de hora",
    "UTC-4": "UTC-4 todo el año",
    "UTC-3": "UTC-3 todo el año",
    "America/Punta_Arenas": "Magallanes",
    "Pacific/Easter": "Isla de Pascua",
    "UTC": "UTC",
}


def choices() -> dict[str, Any]:
    known = {variable.code: variable for variable in Variable.objects.all()}
    return {
        "variables": [
            {"code": code.value, "name": known[code].name, "unit": known[code].unit, "units": units_of(code.value)}
            for code in COLLECTED
        ],
        "formats": [{"form": form, "example": example_of(form)} for form in FORMATS],
        "zones": [{"zone": zone, "name": name} for zone, name in ZONES.items()],
    }


def example_of(form: str) -> str:
    return SPELLED.get(form) or EXAMPLE.strftime(form)
