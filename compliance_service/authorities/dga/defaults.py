"""DGA as it is shipped. Standards and lags are from secondary texts: data, which an operator corrects."""

from typing import Any

from compliance_service.authorities.dga.document import TIMESTAMP_STYLES, VARIABLES

CODE = "DGA"
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
}
REQUIRED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["caudal", "totalizador", "nivelFreaticoDelPozo", "fechaMedicion", "horaMedicion"],
    "additionalProperties": False,
    "properties": {
        "caudal": {"type": "string", "pattern": r"^\d+\.\d{2}$"},
        "totalizador": {"type": "string", "pattern": r"^\d{1,15}$"},
        "nivelFreaticoDelPozo": {"type": "string", "pattern": r"^(\d+\.\d{2})?$"},
        "fechaMedicion": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "horaMedicion": {"type": "string", "pattern": r"^\d{2}:\d{2}:\d{2}$"},
    },
}
ROW: dict[str, Any] = {
    "name": "Dirección General de Aguas",
    "description": "Monitoreo de Extracciones Efectivas, Manual Técnico N° 1/2025",
    "config": CONFIG,
    "required_schema": REQUIRED_SCHEMA,
    "supported_variables": list(VARIABLES),
}
