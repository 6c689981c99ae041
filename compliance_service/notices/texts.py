"""The notices as a person sends them, in Spanish, from facts. Plain Python: what is not known says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.clock import REGULATOR_TIME

TO_FILL = "[por completar]"
TO_WHOM = "Señores Superintendencia del Medio Ambiente:"
# What a person must say, by kind: name to how the text calls it.
FAILURE = {"cause": "causa", "repair": "tiempo estimado de reparación", "measures": "medidas adoptadas"}
CHANGE = {"description": "descripción del cambio"}
OBSERVED = {
    "no_data": "sin datos del instrumento",
    "held": "datos dudosos, retenidos para revisión",
    "not_sent": "no se pudo establecer la conexión con SMA",
    "no_answer": "SMA no respondió",
    "refused": "SMA rechazó el envío",
    "pending": "por enviar",
}


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


def failure(facts: Mapping[str, Any], filled: Mapping[str, str]) -> Text:
    """`facts` as notices.facts gives them; instants are ISO texts."""
    last = facts["last_receipt"]
    accepted = f"{_at(last['slot_at'])}, IdVerificacion {last['voucher']}" if last else "ninguno"
    devices = ", ".join(facts["devices"])
    lines = [
        *_opening(facts, "una falla en el reporte en línea"),
        f"1. Inicio: {_at(facts['started_at'])} (UTC-4). Último registro aceptado: {accepted}.",
        f"2. Término: {_at(facts['ended_at']) if facts['ended_at'] else 'en curso'}.",
        f"3. Registros sin transmitir al {_at(facts['seen_at'])}: {facts['missing']} (dispositivos {devices}).",
        *_observed(facts),
        f"5. Causa: {filled.get('cause') or TO_FILL}",
        f"6. Tiempo estimado de reparación: {filled.get('repair') or TO_FILL}",
        f"7. Medidas adoptadas: {filled.get('measures') or TO_FILL}",
        "",
        "Los datos medidos durante la falla se conservan y quedan disponibles en el servicio histórico del titular.",
    ]
    return Text(f"Aviso de falla de conexión, {_process(facts)}", "\n".join(lines))


def change(facts: Mapping[str, Any], filled: Mapping[str, str]) -> Text:
    lines = [
        *_opening(facts, "un cambio en la conexión en operación"),
        f"1. Fecha prevista: {_day(facts['planned_date'])}.",
        f"2. Cambio: {filled.get('description') or TO_FILL}",
        f"3. Dispositivos: {', '.join(facts['devices'])}.",
        f"4. Último día para este aviso: {_day(facts['tell_by'])}, {facts['working_days']} días hábiles antes.",
    ]
    return Text(f"Aviso de cambio en la conexión, {_process(facts)}", "\n".join(lines))


def _opening(facts: Mapping[str, Any], what: str) -> list[str]:
    who = f"En conformidad con la Res. Ex. SMA N° 252 de 2020, el titular RUT {facts['company_rut']} informa"
    return [
        "Señores Superintendencia del Medio Ambiente:",
        "",
        f"{who} {what}: {_process(facts)} ({facts['point']}).",
        "",
    ]


def _observed(facts: Mapping[str, Any]) -> list[str]:
    counts = [f"   - {OBSERVED[name]}: {count}" for name, count in facts["observed"].items() if count]
    said = [f"   - {line}" for line in facts["messages"]]
    return [
        "4. Lo observado por el sistema de reporte, en registros:",
        *(counts or ["   - todo fue transmitido con posterioridad"]),
        *(["   Respuestas recibidas:", *said] if said else []),
    ]


def _process(facts: Mapping[str, Any]) -> str:
    uf, proceso = facts["work_code"].split("/")
    return f"Unidad Fiscalizable {uf}, Proceso {proceso}"


def _at(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M}"


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d-%m-%Y}"
