"""The provider was not reached, refused, or answered what nobody can read."""

from collections.abc import Iterator, Mapping

from telemetry_service.providers.adapters import FailureClass, Reason
from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking

# By the reason where there is one, else by the class: code, field, what would be right.
BY_REASON: Mapping[Reason, tuple[str, str, str]] = {
    Reason.ADDRESS: (
        "address_not_allowed",
        "provider.base_url",
        "una dirección pública con https, o el servidor en OUTBOUND_ALLOW",
    ),
    Reason.CERTIFICATE: ("certificate", "provider.base_url", "un certificado vigente y a nombre de ese servidor"),
    Reason.REDIRECT: ("redirected", "provider.base_url", "la dirección a la que redirige, si es del proveedor"),
    Reason.TOO_LARGE: ("answer_too_large", "provider.config.limits.max_bytes", "menos claves, o una ventana más corta"),
    Reason.NOT_JSON: ("not_json", "provider.base_url", "una respuesta JSON: revise la dirección y la ruta"),
    Reason.UNKNOWN: ("nothing_known", "params", "el token o dispositivo, y claves, que el proveedor conozca"),
}
BY_CLASS: Mapping[FailureClass, tuple[str, str, str]] = {
    FailureClass.AUTH: ("token_refused", "params", "credenciales o token que el proveedor acepte"),
    FailureClass.CONFIG: ("request_refused", "params", "un dispositivo y claves que existan en el proveedor"),
    FailureClass.RATE_LIMITED: ("rate_limited", "provider", "esperar lo que el proveedor pide y probar de nuevo"),
    FailureClass.TRANSIENT: ("unreachable", "provider.base_url", "un proveedor que responda: pruebe de nuevo"),
    FailureClass.PARSE: ("unreadable", "provider.config.extract", "valores y horas que la configuración sepa leer"),
}


def failure(evidence: Evidence) -> Iterator[Finding]:
    found = evidence.tried.failure
    if found is None:
        return
    code, field, expected = BY_REASON[found.reason] if found.reason else BY_CLASS[found.kind]
    yield blocking(code, field, found.message, expected)
