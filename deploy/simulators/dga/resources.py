"""DGA's three resources: their fields and formats as the manual states them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

FLOW = re.compile(r"\d{1,12}\.\d{2}")
LEVEL = re.compile(r"\d{1,12}\.\d{2}")
TOTAL = re.compile(r"\d{1,15}")
HEIGHT = re.compile(r"\d{1,15}")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _as_float(text: str) -> str:
    """The real service gives numbers back as floats: "0.00" comes back as "0.0", "25.70" as "25.7"."""
    return str(float(text)) if text else text


def _as_it_came(text: str) -> str:
    return text


@dataclass(frozen=True)
class Resource:
    """`formats` are what the manual prescribes; `may_be_empty` only for the works registered so."""

    path: str
    name: str
    accepted: str
    formats: Mapping[str, re.Pattern[str]]
    may_be_empty: str

    def read_back(self, fields: Mapping[str, str]) -> dict[str, str]:
        """As a GET gives it: DD-MM-YYYY although it was sent as YYYY-MM-DD."""
        day = datetime.strptime(fields["fechaMedicion"], "%Y-%m-%d")  # noqa: DTZ007  # a date has no zone
        numbers = {name: _shown(pattern)(fields[name]) for name, pattern in self.formats.items()}
        return {"fechaMedicion": f"{day:%d-%m-%Y}", "horaMedicion": fields["horaMedicion"]} | numbers


def _shown(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return _as_it_came if pattern in (TOTAL, HEIGHT) else _as_float


RESOURCES = {
    resource.path: resource
    for resource in (
        Resource(
            path="subterraneas",
            name="medicionSubterranea",
            accepted="Medición subterránea ingresada correctamente",
            formats={"caudal": FLOW, "totalizador": TOTAL, "nivelFreaticoDelPozo": LEVEL},
            may_be_empty="nivelFreaticoDelPozo",
        ),
        Resource(
            path="superficiales",
            name="medicionSuperficial",
            accepted="Medición superficial ingresada correctamente",
            formats={"alturaLimnimetrica": HEIGHT, "caudal": FLOW},
            may_be_empty="alturaLimnimetrica",
        ),
        Resource(
            path="superficiales/flujometro",
            name="medicionSuperficialFlujometro",
            accepted="Medición superficial con flujómetro ingresada correctamente",
            formats={"caudal": FLOW, "totalizador": TOTAL},
            may_be_empty="",
        ),
    )
}
