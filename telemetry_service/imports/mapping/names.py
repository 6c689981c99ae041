"""What a header's words stand for: Spanish, English, and the keys of the vendors' exports."""

import re

from telemetry_service.imports.mapping.mapping import plain
from telemetry_service.imports.mapping.units import plain_unit, units_of

TIME, CLOCK, POINT, VARIABLE, VALUE, UNIT = "time", "clock", "point", "variable", "value", "unit"
# The longest that is found in a title decides: «nivel freatico» before «nivel».
WORDS: dict[str, tuple[str, ...]] = {
    TIME: (
        "fecha", "fecha hora", "fecha y hora", "fecha medicion", "fecha lectura", "fecha de medicion",
        "fecha de lectura", "datetime", "date time", "timestamp", "date", "time stamp", "ts", "tiempo", "time",
        "measured at",
    ),
    CLOCK: ("hora", "hora medicion", "hora lectura", "hour", "hh mm"),
    POINT: (
        "punto", "punto de captacion", "codigo", "codigo obra", "codigo de obra", "obra", "pozo", "estacion", "point",
        "station", "well", "site", "dispositivo", "device", "equipo",
    ),
    VARIABLE: ("variable", "parametro", "parameter", "sensor", "key", "tag", "canal", "channel", "magnitud"),
    VALUE: ("valor", "value", "medicion", "lectura", "reading", "dato"),
    UNIT: ("unidad", "unit", "unidad de medida"),
    "flow": ("caudal", "caudal instantaneo", "flujo", "flow", "flow rate", "gasto", "q", "5001"),
    "level": ("nivel", "level", "columna de agua", "altura", "nivel sensor", "5002"),
    "water_table": (
        "nivel freatico", "nivel estatico", "nivel dinamico", "profundidad", "water table", "depth", "napa",
    ),
    "total": (
        "total", "totalizador", "totalizado", "acumulado", "volumen", "volumen acumulado", "volume", "totalizer",
        "contador", "medidor", "lectura medidor", "5003",
    ),
    "pulses": ("pulsos", "pulso", "pulses", "pulse", "pulse count"),
    "temperature": ("temperatura", "temp", "temperature"),
    "pressure": ("presion", "pressure"),
    "ph": ("ph",),
    "conductivity": ("conductividad", "conductivity", "ce"),
    "turbidity": ("turbidez", "turbiedad", "turbidity"),
}  # fmt: skip
ROLES = (TIME, CLOCK, POINT, VARIABLE, VALUE, UNIT)
BY_WORD = {word: meaning for meaning, words in WORDS.items() for word in words}
BRACKETS = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]")


def meaning_of(title: str) -> str:
    """A role, the code of a variable, or nothing."""
    words = plain(BRACKETS.sub(" ", title)).split()
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            found = BY_WORD.get(" ".join(words[start : start + length]))
            if found and (length > 1 or len(words[start]) > 1 or len(words) <= 2):
                return found
    return ""


def unit_in(title: str, variable: str) -> str:
    """The unit that the title says, where it is one that we know for the variable; nothing is ours."""
    bracketed = BRACKETS.findall(title)
    text = plain_unit(bracketed[-1] if bracketed else title.replace("_", " ").split(" ")[-1])
    return text if text in units_of(variable) else ""
