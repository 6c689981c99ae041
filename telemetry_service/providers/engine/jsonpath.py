"""JSON and JSON paths as we read providers with them.

Strict RFC 9535, and without `match` and `search`: a path is operator input, and a regular expression can hang
(measured: 4 s on 27 characters).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonpath import JSONPathEnvironment, JSONPathError
from jsonpath.path import JSONPath

MOST_CHARACTERS = 256
NAMES_ONLY = re.compile(r"\$((?:\.[A-Za-z_][A-Za-z0-9_]*)*)")
MISSING: Any = object()  # there is no such member; unlike None, which is JSON's null

ENVIRONMENT = JSONPathEnvironment(strict=True)
for _name in ("match", "search"):
    ENVIRONMENT.function_extensions.pop(_name, None)


class Number(str):
    """A JSON number as it was written: 42.50 stays 42.50, and no digit of a long totaliser is lost."""

    __slots__ = ()


class BadPath(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Path:
    text: str
    names: tuple[str, ...] | None  # the usual `$.a.b`, walked without the engine
    compiled: JSONPath

    def first(self, document: Any) -> Any:
        """What the path finds first, or MISSING."""
        if self.names is None:
            found = next(iter(self.compiled.finditer(document)), None)
            return MISSING if found is None else found.obj
        for name in self.names:
            if not isinstance(document, dict) or name not in document:
                return MISSING
            document = document[name]
        return document

    def every(self, document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        """Each match's own path and what is there."""
        for match in self.compiled.finditer(document):
            yield match.parts, match.obj


def parse_path(text: str) -> Path:
    if len(text) > MOST_CHARACTERS:
        raise BadPath(f"tiene más de {MOST_CHARACTERS} caracteres")
    try:
        compiled = ENVIRONMENT.compile(text)
    except (JSONPathError, RecursionError) as error:
        raise BadPath(f"no es un JSONPath (RFC 9535, sin match ni search): {str(error).splitlines()[0]}") from error
    if not isinstance(compiled, JSONPath):
        raise BadPath("debe ser un solo JSONPath")
    plain = NAMES_ONLY.fullmatch(text)
    return Path(text, tuple(plain[1].split(".")[1:]) if plain else None, compiled)


def read_json(body: bytes) -> Any:
    """The document, its numbers as `Number`. ValueError where it is not JSON in UTF-8."""
    try:
        return json.loads(body.decode(), parse_float=Number, parse_int=Number, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("demasiados niveles") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} no es JSON")
