"""A place in a JSON document that knows its path: what is wrong is refused by name, with what would be right."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from shared.errors import invalid
from shared.observability.redaction import MASK, SECRET_NAME
from telemetry_service.providers.engine.jsonpath import BadPath, Path, parse_path
from telemetry_service.providers.engine.templates import BadTemplate, Template, parse_template
from telemetry_service.providers.engine.times import read_duration

T = TypeVar("T")
LONGEST = 2000
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Node:
    path: str
    value: Any

    def refuse(self, problem: str, expected: str) -> NoReturn:
        raise invalid(self.path or "config", problem, received=self._shown(), expected=expected)

    def object(self, *known: str) -> "Node":
        """Itself, once it is an object without members other than `known`."""
        if not isinstance(self.value, dict):
            self.refuse("no es un objeto", "un objeto JSON")
        for name, value in self.value.items():
            if known and name not in known:
                self._at(name).refuse("clave desconocida", f"una de: {', '.join(known)}")
            if value is None:
                self._at(name).refuse("null no dice nada", "un valor, o la clave fuera")
        return self

    def at(self, name: str) -> "Node":
        node = self.maybe(name)
        return node if node is not None else self._at(name).refuse("falta", "un valor")

    def maybe(self, name: str) -> "Node | None":
        value = self.value.get(name)
        return None if value is None else self._at(name)

    def read(self, name: str, reader: Callable[["Node"], T], default: T) -> T:
        """`reader` of the member `name`, or `default` where it is not there."""
        node = self.maybe(name)
        return default if node is None else reader(node)

    def items(self) -> Iterator[tuple[str, "Node"]]:
        self.object()
        for name in self.value:
            yield name, self._at(name)

    def elements(self) -> list["Node"]:
        if not isinstance(self.value, list):
            self.refuse("no es una lista", "una lista JSON")
        return [Node(f"{self.path}[{index}]", value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value or len(self.value) > LONGEST:
            self.refuse("no es un texto", f"un texto de 1 a {LONGEST} caracteres")
        return self.value

    def choice(self, options: Collection[str]) -> Any:
        if not isinstance(self.value, str) or self.value not in options:
            self.refuse("opción desconocida", f"una de: {', '.join(sorted(options))}")
        return self.value

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            self.refuse("no es true ni false", "true o false")
        return self.value

    def integer(self, low: int, high: int) -> int:
        if type(self.value) is not int or not low <= self.value <= high:
            self.refuse("no es un entero posible", f"un entero de {low} a {high}")
        return int(self.value)

    def number(self, low: float, high: float) -> float:
        if type(self.value) not in (int, float) or not low <= self.value <= high:
            self.refuse("no es un número posible", f"un número de {low} a {high}")
        return float(self.value)

    def duration(self) -> timedelta:
        found = read_duration(self.text())
        if found is None:
            self.refuse("no es una duración", "una duración ISO 8601 de días, horas, minutos o segundos: P7D, PT2H")
        return found

    def template(self, spaces: Collection[str]) -> Template:
        """A text whose places are of `spaces` alone: elsewhere there is nothing to put there."""
        try:
            template = parse_template(self.text())
        except BadTemplate as error:
            self.refuse(str(error), "texto con {espacio.nombre|filtro}")
        for place in template.places:
            if place.namespace not in spaces:
                self.refuse(f"aquí no hay {{{place.namespace}.…}}", f"uno de: {', '.join(sorted(spaces))}")
        return template

    def jsonpath(self) -> Path:
        try:
            return parse_path(self.text())
        except BadPath as error:
            self.refuse(str(error), "un JSONPath de RFC 9535, como $.result[*]; las claves de dígitos como $['5001']")

    def header_name(self) -> str:
        if not isinstance(self.value, str) or not HEADER_NAME.fullmatch(self.value):
            self.refuse("no es el nombre de una cabecera", "letras, dígitos y guiones")
        return self.value

    def _at(self, name: str) -> "Node":
        return Node(f"{self.path}.{name}".lstrip("."), self.value.get(name))

    @property
    def is_secret(self) -> bool:
        """Its name, the last of its path, is called like a secret."""
        return SECRET_NAME.search(self.path.rpartition(".")[2]) is not None

    def _shown(self) -> Any:
        """An operator may have put a password where only its template belongs."""
        hidden = self.path.startswith("auth") or self.is_secret
        return MASK if hidden and self.value is not None else self.value
