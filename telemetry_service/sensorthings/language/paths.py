"""Which entities an address asks for: `Things`, `Things('…')`, `Things('…')/Datastreams`."""

import re
from dataclasses import dataclass

from shared.errors import NotFound
from telemetry_service.sensorthings.errors import NotSupported

# Where each entity set leads, and whether there is one of it or many.
NAVIGATION: dict[str, dict[str, tuple[str, bool]]] = {
    "Things": {"Locations": ("Locations", True), "Datastreams": ("Datastreams", True)},
    "Locations": {"Things": ("Things", True)},
    "Datastreams": {
        "Thing": ("Things", False),
        "Sensor": ("Sensors", False),
        "ObservedProperty": ("ObservedProperties", False),
        "Observations": ("Observations", True),
    },
    "Sensors": {"Datastreams": ("Datastreams", True)},
    "ObservedProperties": {"Datastreams": ("Datastreams", True)},
    "Observations": {"Datastream": ("Datastreams", False)},
}
SETS = tuple(NAVIGATION)
ABSENT = {"HistoricalLocations", "FeaturesOfInterest", "FeatureOfInterest", "Tasks", "Actuators", "TaskingCapabilities"}
PATH = re.compile(r"(?P<set>[A-Za-z]+)(?:\((?P<id>'(?:[^']|'')*'|[^'()]+)\))?(?:/(?P<rest>.*))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A set, an entity of it (`id`), or where an entity leads (`navigation`)."""

    entity_set: str
    id: str | None = None
    navigation: str | None = None


def read_path(path: str) -> Address:
    """`path` behind the root, without a leading slash. Raises NotFound, or NotSupported for what goes deeper."""
    found = PATH.fullmatch(path.rstrip("/"))
    if found is None or found["set"] not in {*SETS, *ABSENT}:
        raise NotFound(f"No hay nada en «{path}»: los conjuntos son {', '.join(SETS)}.")
    name, rest = found["set"], found["rest"]
    if name in ABSENT:
        raise NotSupported(f"«{name}» no es parte de este modelo de lectura.")
    if found["id"] is None:
        if rest:
            raise NotSupported(f"«{path}»: nombre primero la entidad, como {name}('…')/{rest}.")
        return Address(name)
    entity_id = found["id"].strip("'").replace("''", "'")
    if rest is None:
        return Address(name, entity_id)
    if rest in NAVIGATION[name]:
        return Address(name, entity_id, rest)
    if rest in ABSENT or "/" in rest or "(" in rest or rest.startswith("$"):
        raise NotSupported(f"«{rest}» detrás de una entidad no se ofrece: {', '.join(NAVIGATION[name])}.")
    raise NotFound(f"{name} no lleva a «{rest}», sino a {', '.join(NAVIGATION[name])}.")
