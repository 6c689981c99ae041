"""Where a message says whose it is: in a level of its topic, at a path of its payload, or nowhere (a fixed name)."""

from dataclasses import dataclass
from typing import Any

from telemetry_service.providers.decoders.message import Undecodable, is_name
from telemetry_service.providers.engine.jsonpath import MISSING, Number, Path
from telemetry_service.providers.engine.node import Node

DEVICE = "{device}"


@dataclass(frozen=True, slots=True)
class Place:
    """One of `levels` (a pattern of the topic, `+` and a last `#` match as in a filter), `path` or `name`."""

    levels: tuple[str, ...] = ()
    path: Path | None = None
    name: str = ""

    def find(self, topic: str, *documents: Any) -> str:
        """The device, at the path in the first of `documents` that has something there."""
        found = self.name or (self.in_topic(topic) if self.path is None else self._in(documents))
        if not is_name(found):
            raise Undecodable(f"no dice de qué dispositivo es: se busca en {self.described}")
        return found

    def in_topic(self, topic: str) -> str:
        """The topic's level that is the device; nothing where the topic is another."""
        given = topic.split("/")
        levels = self.levels
        if levels and levels[-1] == "#":
            levels, given = levels[:-1], given[: len(levels) - 1]
        if len(given) != len(levels):
            return ""
        pairs = list(zip(levels, given, strict=True))
        if any(level not in {DEVICE, "+", said} for level, said in pairs):
            return ""
        return next((said for level, said in pairs if level == DEVICE), "")

    @property
    def described(self) -> str:
        return self.path.text if self.path else "/".join(self.levels)

    def _in(self, documents: tuple[Any, ...]) -> str:
        assert self.path is not None  # noqa: S101 asked for in `find`
        for document in documents:
            found = self.path.first(document)
            if found is not MISSING and isinstance(found, str):  # a Number too: a serial may be all digits
                return str(found) if isinstance(found, Number) else found
        return ""


def read_place(node: Node) -> Place:
    text = node.text()
    if text.startswith("$"):
        return Place(path=node.jsonpath())
    if "/" not in text and "{" not in text:
        if not is_name(text):
            node.refuse("no es un nombre de dispositivo", "caracteres imprimibles, 200 a lo más")
        return Place(name=text)
    return _read_pattern(node, text)


def _read_pattern(node: Node, text: str) -> Place:
    levels = tuple(text.split("/"))
    odd = [one for one in levels if one not in {DEVICE, "+", "#"} and any(sign in one for sign in "{}+#")]
    if levels.count(DEVICE) != 1 or odd or "#" in levels[:-1]:
        node.refuse(
            "no es un patrón de tópico", "niveles separados por /, uno de ellos {device}: telemetry/{device}/data"
        )
    return Place(levels=levels)


def default_place(text: str) -> Place:
    return read_place(Node("device", text))
