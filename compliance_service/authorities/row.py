"""What an operator may write into a source's row, and what is wrong with it. Plain Python: no clock, no database."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from compliance_service.authorities.schema import wrong_with
from shared.errors import FieldError, InvalidInput

LONGEST_S = 60  # well below the lease of what is being sent
LARGEST_SCHEMA = 65_536
MOST_VARIABLES = 200
VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,49}")
REFERENCES = ("$ref", "$dynamicRef")
PATTERNS = "patternProperties"


def checked_row(changes: Mapping[str, Any]) -> None:
    """Raises InvalidInput that names each field, with what would be right."""
    checks: dict[str, Callable[[Any], Iterator[FieldError]]] = {
        "base_url": _address,
        "timeout_s": _seconds,
        "required_schema": _schema,
        "supported_variables": _variables,
    }
    errors = [error for name, said in changes.items() if name in checks for error in checks[name](said)]
    if errors:
        raise InvalidInput("La fuente no se puede cambiar así.", errors=errors)


def _address(said: str) -> Iterator[FieldError]:
    try:
        parts = urlsplit(said)
        plain = bool(parts.scheme == "https" and parts.hostname and not parts.username and parts.port != 0)
    except ValueError:
        plain = False
    if not plain or re.search(r"[\s?#]", said) or said.endswith("/"):
        expected = "una dirección https sin credenciales, consulta ni barra al final"
        yield FieldError("base_url", "no es la dirección de un servicio", said, expected)


def _seconds(said: float) -> Iterator[FieldError]:
    if not 1 <= said <= LONGEST_S:
        yield FieldError("timeout_s", "fuera de rango", said, f"un número de 1 a {LONGEST_S}")


def _schema(said: Mapping[str, Any]) -> Iterator[FieldError]:
    wrong = _wrong_with_schema(said)
    if wrong:
        yield FieldError("required_schema", wrong, expected="un JSON Schema (2020-12); vacío acepta cualquier forma")


def _wrong_with_schema(said: Mapping[str, Any]) -> str:
    if len(json.dumps(said)) > LARGEST_SCHEMA:
        return f"pasa de {LARGEST_SCHEMA} caracteres"
    return wrong_with(said) or next(_unsafe(said), "")


def _unsafe(said: Any) -> Iterator[str]:
    """What a validator would only find out when a document is about to leave: another's schema, or no expression."""
    for name, one in _members(said):
        if name in REFERENCES and isinstance(one, str) and not one.startswith("#"):
            yield f"«{name}» nombra otro documento: {one[:100]}"
        expressions = [one] if name == "pattern" else one if name == PATTERNS else []
        for expression in expressions if isinstance(expressions, list | Mapping) else []:
            if isinstance(expression, str) and not _compiles(expression):
                yield f"«{name}» no es una expresión regular: {expression[:100]}"


def _members(said: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(said, Mapping):
        yield from said.items()
    inside = said.values() if isinstance(said, Mapping) else said if isinstance(said, list) else ()
    for one in inside:
        yield from _members(one)


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return True


def _variables(said: Sequence[str]) -> Iterator[FieldError]:
    expected = "códigos de variables de Telemetry, como «flow»; vacío acepta cualquiera"
    if len(said) > MOST_VARIABLES:
        yield FieldError("supported_variables", f"son más de {MOST_VARIABLES}", len(said), expected)
    for place, name in enumerate(said):
        if not VARIABLE.fullmatch(name):
            yield FieldError(f"supported_variables.{place}", "no es el código de una variable", name, expected)
        elif name in said[:place]:
            yield FieldError(f"supported_variables.{place}", "está dos veces", name, "cada variable una vez")
