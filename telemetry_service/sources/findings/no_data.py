"""The provider answered, and there was nothing: of one key it may be a sensor, of all of them nobody can tell."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking, warning


def no_data(evidence: Evidence) -> Iterator[Finding]:
    if evidence.tried.failure is not None or not evidence.is_asked:
        return
    silent = [key for key in evidence.variables if key not in evidence.newest]
    if len(silent) == len(evidence.variables):
        yield blocking(
            "no_data_at_all",
            "variables",
            "el proveedor responde, y no tiene ningún dato de ninguna de las claves",
            "un dispositivo que ya envía; si es nuevo, active la fuente cuando haya enviado",
        )
        return
    for key in silent:
        expected = "una clave con datos, o su sensor andando"
        yield warning("no_data", evidence.field_of(key), f"no hay datos de «{key}»", expected)
