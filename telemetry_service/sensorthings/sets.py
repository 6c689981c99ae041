"""Which entities there are of each set, and where an entity leads."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from shared.errors import NotFound
from telemetry_service.points.queries import Place
from telemetry_service.sensorthings.catalog import Catalog, Series
from telemetry_service.sensorthings.entities import Body, datastream, location, observed_property, sensor, thing


def entities(entity_set: str, catalog: Catalog) -> list[Body]:
    """All of a set but Observations."""
    return EVERY[entity_set](catalog)


def entity(entity_set: str, entity_id: str, catalog: Catalog) -> Body:
    for one in entities(entity_set, catalog):
        if one["@iot.id"] == entity_id:
            return one
    raise NotFound(f"No existe {entity_set}('{entity_id}').")


def led_to(entity_set: str, entity_id: str, navigation: str, catalog: Catalog) -> list[Body]:
    """Where an entity leads, but to Observations; of what there is one, a list of one."""
    return LEADS[(entity_set, navigation)](entity_id, catalog)


def point_of(entity_set: str, entity_id: str) -> UUID | None:
    """The point that an entity belongs to, where its id says so."""
    if entity_set in {"Things", "Locations", "Datastreams", "Observations"}:
        try:
            return UUID(entity_id.partition(":")[0])
        except ValueError as error:
            raise NotFound(f"No existe {entity_set}('{entity_id}').") from error
    return None


def series_called(entity_id: str, catalog: Catalog) -> Series:
    found = catalog.series.get(entity_id)
    if found is None:
        raise NotFound(f"No existe Datastreams('{entity_id}').")
    return found


def _streams(series: Iterable[Series], catalog: Catalog) -> list[Body]:
    return [datastream(one, catalog) for one in series]


def _locations(points: Iterable[Place]) -> list[Body]:
    return [location(one) for one in points if one.latitude is not None]


def _sensor_of(entity_id: str, catalog: Catalog) -> list[Body]:
    source = series_called(entity_id, catalog).source_id
    return [sensor(source, catalog.sources[source])]


EVERY: Mapping[str, Callable[[Catalog], list[Body]]] = {
    "Things": lambda catalog: [thing(one) for one in catalog.points.values()],
    "Locations": lambda catalog: _locations(catalog.points.values()),
    "Datastreams": lambda catalog: _streams(catalog.series.values(), catalog),
    "Sensors": lambda catalog: [sensor(source, name) for source, name in catalog.sources.items()],
    "ObservedProperties": lambda catalog: [observed_property(one) for one in catalog.variables.values()],
}
LEADS: Mapping[tuple[str, str], Callable[[str, Catalog], list[Body]]] = {
    ("Things", "Locations"): lambda one, catalog: _locations([catalog.points[UUID(one)]]),
    ("Things", "Datastreams"): lambda one, catalog: _streams(catalog.by_point.get(UUID(one), ()), catalog),
    ("Locations", "Things"): lambda one, catalog: [entity("Things", one, catalog)],
    ("Datastreams", "Thing"): lambda one, catalog: [thing(catalog.points[series_called(one, catalog).point_id])],
    ("Datastreams", "Sensor"): _sensor_of,
    ("Datastreams", "ObservedProperty"): lambda one, catalog: [
        observed_property(catalog.variables[series_called(one, catalog).variable])
    ],
    ("Sensors", "Datastreams"): lambda one, catalog: _streams(
        (series for series in catalog.series.values() if str(series.source_id) == one), catalog
    ),
    ("ObservedProperties", "Datastreams"): lambda one, catalog: _streams(
        (series for series in catalog.series.values() if series.variable == one), catalog
    ),
    ("Observations", "Datastream"): lambda one, catalog: [
        datastream(series_called(one.partition("@")[0], catalog), catalog)
    ],
}
