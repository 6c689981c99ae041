"""The closed grammar of a provider row's texts: `{ns.name}`, `{ns.name|filter}`, `{ns.name|DEFAULT}`.

Not `str.format`, whose attribute access leaks, and no template language: an operator writes these.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

Values = Mapping[str, Mapping[str, Any]]  # namespace -> name -> value

PLACE = re.compile(r"\{([a-z]+)\.([a-z][a-z0-9_]*)((?:\|[A-Za-z0-9_]+)*)\}")
DEFAULT = re.compile(r"[A-Z][A-Z0-9_]*")
NAMESPACES: Mapping[str, frozenset[str] | None] = {  # None: the row or the account says which names there are
    "point": None,
    "cred": None,
    "variable": frozenset({"key", "keys"}),
    "session": frozenset({"token", "refresh"}),
    "window": frozenset({"start", "end"}),
    "page": frozenset({"limit"}),
    "now": frozenset({"time"}),
}
TIMED = {"window", "now"}


class BadTemplate(ValueError):
    """The text is not of the grammar; the message says what would be right."""


def _epoch_ms(at: datetime) -> str:
    return str(int(at.timestamp()) * 1000 + at.microsecond // 1000)


TIME_FILTERS: Mapping[str, Callable[[datetime], str]] = {
    "epoch_ms": _epoch_ms,
    "epoch_s": lambda at: str(int(at.timestamp())),
    "iso_ms": lambda at: at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "iso": lambda at: at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    "compact14": lambda at: at.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
}
TEXT_FILTERS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "urlquote": lambda text: quote(text, safe=""),
    "jsonpath_quote": lambda text: "['" + text.replace("\\", "\\\\").replace("'", "\\'") + "']",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One `{ns.name|…}` of a text."""

    namespace: str
    name: str
    time_filter: str | None
    text_filters: tuple[str, ...]
    default: str | None

    def render(self, values: Values) -> str:
        value = values.get(self.namespace, {}).get(self.name)
        if value is None or value == "":
            value = self.default
        if value is None:
            raise BadTemplate(f"falta {self.namespace}.{self.name}")
        if self.time_filter is not None and isinstance(value, datetime):
            value = TIME_FILTERS[self.time_filter](value)
        text = str(value)
        for name in self.text_filters:
            text = TEXT_FILTERS[name](text)
        return text


@dataclass(frozen=True, slots=True)
class Template:
    text: str
    parts: tuple[str | Place, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(part for part in self.parts if isinstance(part, Place))

    def render(self, values: Values, *, quoted: bool = False) -> str:
        """`quoted`: for a URL's path, where a value must not become a new segment."""
        return "".join(part if isinstance(part, str) else _rendered(part, values, quoted) for part in self.parts)


def parse_template(text: str) -> Template:
    parts: list[str | Place] = []
    at = 0
    for found in PLACE.finditer(text):
        parts.append(_literal(text[at : found.start()]))
        parts.append(_place(found[1], found[2], found[3].split("|")[1:]))
        at = found.end()
    parts.append(_literal(text[at:]))
    return Template(text, tuple(part for part in parts if part != ""))


def _rendered(place: Place, values: Values, quoted: bool) -> str:
    text = place.render(values)
    if not quoted:
        return text
    if text in {".", ".."}:  # survives quoting, and would climb the path
        raise BadTemplate(f"{place.namespace}.{place.name} no puede ser «{text}»")
    return text if "urlquote" in place.text_filters else quote(text, safe="")


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise BadTemplate(f"«{text}» no es texto ni {{espacio.nombre|filtro}}")
    return text


def _place(namespace: str, name: str, filters: list[str]) -> Place:
    names = NAMESPACES.get(namespace, frozenset())
    if namespace not in NAMESPACES:
        raise BadTemplate(f"«{namespace}» no existe: use uno de {', '.join(NAMESPACES)}")
    if names is not None and name not in names:
        raise BadTemplate(
            f"«{namespace}.{name}» no existe: use {', '.join(f'{namespace}.{one}' for one in sorted(names))}"
        )
    times = [item for item in filters if item in TIME_FILTERS]
    texts = tuple(item for item in filters if item in TEXT_FILTERS)
    defaults = [item for item in filters if DEFAULT.fullmatch(item)]
    unknown = set(filters) - set(times) - set(texts) - set(defaults)
    if unknown:
        known = ", ".join([*TIME_FILTERS, *TEXT_FILTERS])
        raise BadTemplate(f"filtro desconocido «{min(unknown)}»: use {known}, o un valor por defecto en MAYÚSCULAS")
    if (namespace in TIMED) != (len(times) == 1) or len(times) > 1 or len(defaults) > 1:
        raise BadTemplate(
            f"«{namespace}.{name}» necesita un formato de tiempo: {', '.join(TIME_FILTERS)}; lo demás, ninguno"
        )
    return Place(namespace, name, times[0] if times else None, texts, defaults[0] if defaults else None)
