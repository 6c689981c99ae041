"""Which adapter speaks for a provider type: ours by type, everybody else's as Python entry points."""

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from shared.errors import InvalidInput, invalid
from telemetry_service.providers.adapters.http_api import HttpApi
from telemetry_service.providers.adapters.interface import Adapter
from telemetry_service.providers.adapters.mqtt import Mqtt
from telemetry_service.providers.adapters.push import Push
from telemetry_service.providers.adapters.websocket import ThingsBoardSocket

GROUP = "telemetry.providers"
BUILT_IN: dict[str, Adapter] = {adapter.type: adapter for adapter in (HttpApi(), Push(), Mqtt(), ThingsBoardSocket())}
MEMBERS = ("parse", "credentials", "params", "open")


class NoAdapter(InvalidInput):
    """Nothing that is installed speaks this type; the text says how that changes."""

    code, title = "no_adapter", "No hay adaptador para ese tipo de proveedor"


def adapter_for(type_: str, name: str = "") -> Adapter:
    """`name` is the entry point of a CUSTOM provider; other types are looked for by the type itself."""
    return BUILT_IN[type_] if type_ in BUILT_IN else _installed(name or type_)


def installed_names() -> list[str]:
    """The entry points of all packages that bring an adapter."""
    return sorted({found.name for found in entry_points(group=GROUP)})


@lru_cache
def _installed(name: str) -> Adapter:
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        raise NoAdapter(
            f"No hay ningún adaptador «{name}» instalado. Instale en el entorno de Telemetry un paquete de Python que "
            f"declare el punto de entrada «{name}» en el grupo «{GROUP}» (pip install PAQUETE) y reinicie el servicio; "
            "docs/providers.md explica cómo se escribe uno."
        )
    return _checked(name, _load(name, found))


def _load(name: str, found: EntryPoint) -> Any:
    try:
        loaded = found.load()
        return loaded() if isinstance(loaded, type) else loaded
    except Exception as error:
        # Whatever a stranger's module raises, the text must say whose it is.
        raise NoAdapter(f"El adaptador «{name}» ({found.value}) no se puede cargar: {error!r}") from error


def _checked(name: str, adapter: Any) -> Adapter:
    missing = [member for member in MEMBERS if not callable(getattr(adapter, member, None))]
    if missing:
        expected = f"{', '.join(MEMBERS)}, como dice docs/providers.md"
        raise invalid("adapter", f"el adaptador no tiene {', '.join(missing)}", received=name, expected=expected)
    checked: Adapter = adapter
    return checked
