"""SMA as it is shipped (Res. Ex. 252 and 254 of 2020). What those leave open is data, which an operator corrects."""

from typing import Any

CODE = "SMA"
CONFIG: dict[str, Any] = {
    "base_url": "https://conexiones.sma.gob.cl/api/v1",
    "timeout_s": 15,
    # A stamp waits so long for all of its parameters; then the dispositivos that are whole are sent.
    "barrier_minutes": 15,
    # A stamp of which no dispositivo became whole is explained after so long.
    "give_up_days": 7,
    # Unknown limits: ten calls a minute at most of a proceso that owes more.
    "pacing": {"global_gap_s": 0, "backlog_gap_s": 6, "not_sent_s": 60, "refused_s": 600, "in_doubt_s": 300},
    # One minute unless the instrument of the permit says otherwise (Res. 252). No lag is given: after twelve hours the
    # holder must have told SMA of a failure, so a stamp is overdue by then.
    "standards": {
        "MINUTO": {"every": "minute", "lag_days": 0.5},
        "CINCO_MINUTOS": {"every": "5_minutes", "lag_days": 0.5},
        "DIEZ_MINUTOS": {"every": "10_minutes", "lag_days": 0.5},
        "QUINCE_MINUTOS": {"every": "15_minutes", "lag_days": 0.5},
        "MEDIA_HORA": {"every": "30_minutes", "lag_days": 0.5},
        "HORA": {"every": "hour", "lag_days": 0.5},
        "DIA": {"every": "day", "lag_days": 2},
    },
}
# Res. 252: a failure is told within twelve hours, a change to a running connection fifteen working days before.
# `holidays`: dates that a law added for once.
CONFIG["notices"] = {"to": "snifa@sma.gob.cl", "failure_hours": 12, "change_working_days": 15, "holidays": []}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
PARAMETER: dict[str, Any] = {
    "type": "object",
    "required": ["nombre", "valor", "unidad", "estampaTiempo"],
    "properties": {
        "nombre": TEXT,
        "valor": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
        "unidad": TEXT,
        "estampaTiempo": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"},
    },
}
REQUIRED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["registros"],
    "additionalProperties": False,
    "properties": {
        "registros": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["dispositivoId", "parametros"],
                "additionalProperties": False,
                "properties": {
                    "dispositivoId": TEXT,
                    "parametros": {"type": "array", "minItems": 1, "items": PARAMETER},
                },
            },
        }
    },
}
# What an instrument of a permit may report: Telemetry's codes. An operator adds his own to the row; empty is any.
VARIABLES = ["flow", "mean_flow", "total", "volume", "level", "water_table"]
VARIABLES += ["temperature", "pressure", "ph", "conductivity", "turbidity"]
ROW: dict[str, Any] = {
    "name": "Superintendencia del Medio Ambiente",
    "description": "Reporte en línea por API REST, Res. Ex. SMA 252 y 254 de 2020",
    "config": CONFIG,
    "required_schema": REQUIRED_SCHEMA,
    "supported_variables": VARIABLES,
}
