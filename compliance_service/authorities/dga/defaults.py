"""DGA as it is shipped. Standards and lags are from secondary texts: data, which an operator corrects."""

from typing import Any

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.dga.document import TIMESTAMP_STYLES
from compliance_service.authorities.dga.flow import MEANS
from compliance_service.authorities.dga.forms import FORMATS, RESOURCES
from compliance_service.authorities.dga.pacing import PACING

CODE = "DGA"
FILE_COLUMNS = {
    "subterranea": [
        ("Caudal(l/s)", "caudal"),
        ("Totalizador(m3)", "totalizador"),
        ("Nivel Freatico(m)", "nivelFreaticoDelPozo"),
    ],
    "superficial": [("Caudal(l/s)", "caudal"), ("Altura limnimétrica (cm)", "alturaLimnimetrica")],
    "flujometro": [("Caudal(l/s)", "caudal"), ("Totalizador(m3)", "totalizador")],
}
CONFIG: dict[str, Any] = {
    "base_url": "https://apimee.mop.gob.cl/api/v1",
    "timeout_s": 15,
    "timestamp_style": TIMESTAMP_STYLES[0],
    "standards": {
        "MAYOR": {"every": "hour", "lag_days": 7},
        "MEDIO": {"every": "day", "lag_days": 15},
        "MENOR": {"every": "month", "lag_days": 30},
        "CAUDALES_MUY_PEQUENOS": {"every": "half_year", "lag_days": 30},
    },
    "pacing": PACING,
    "formats": FORMATS,
    "means": MEANS,
    # Of the file of a work that is registered so; the official template was not found.
    "file_columns": {
        code: [("Código OB", "work"), ("Fecha Medición", "date"), ("Hora Medición", "time"), *more]
        for code, more in FILE_COLUMNS.items()
    },
}
MOMENT = {
    "fechaMedicion": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "horaMedicion": {"type": "string", "pattern": r"^\d{2}:\d{2}:\d{2}$"},
}
FLOW = {"caudal": {"type": "string", "pattern": r"^\d+\.\d{2}$"}}
TOTAL = {"totalizador": {"type": "string", "pattern": r"^\d{1,15}$"}}
DEPTH = {"nivelFreaticoDelPozo": {"type": "string", "pattern": r"^(\d+\.\d{2})?$"}}
HEIGHT = {"alturaLimnimetrica": {"type": "string", "pattern": r"^\d*$"}}


def _exactly(*parts: dict[str, Any]) -> dict[str, Any]:
    properties = {name: said for part in (*parts, MOMENT) for name, said in part.items()}
    return {"type": "object", "required": sorted(properties), "additionalProperties": False, "properties": properties}


# A document is one of the three resources'.
REQUIRED_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "oneOf": [_exactly(FLOW, TOTAL, DEPTH), _exactly(FLOW, HEIGHT), _exactly(FLOW, TOTAL)],
}
VARIABLES = sorted({said.variable for resource in RESOURCES.values() for said in resource.fields.values()})
# Seen in production, word for word; the duplicate's words are also known to `answers`, which no row can overrule.
ANSWERS = (
    ("ya existe un registro", Meaning.DUPLICATE, "visto en producción: el comprobante viene en el texto"),
    ("no es el informante", Meaning.NOT_INFORMANT, "visto en producción: la obra tiene otro informante"),
)
ROW: dict[str, Any] = {
    "name": "Dirección General de Aguas",
    "description": "Monitoreo de Extracciones Efectivas, Manual Técnico N° 1/2025",
    "config": CONFIG,
    "required_schema": REQUIRED_SCHEMA,
    "supported_variables": VARIABLES,
}
