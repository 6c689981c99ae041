"""SensorThings 1.1's entities as JSON, without their links. A point is a Thing, a variable of it a Datastream."""

from typing import Any
from uuid import UUID

from telemetry_service.measurements.fields import iso
from telemetry_service.points.queries import Place
from telemetry_service.sensorthings.catalog import Catalog, Named, Series

Body = dict[str, Any]
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
UCUM = "https://ucum.org/ucum"
# Our units in UCUM's words, for programs.
CODES = {
    "m3": "m3",
    "°C": "Cel",
    "pH": "[pH]",
    "µS/cm": "uS/cm",
    "NTU": "{NTU}",
    "pulses": "{pulse}",
    "dBm": "dB[mW]",
}


def thing(place: Place) -> Body:
    properties = {"code": place.code, "point_type": place.point_type, "status": place.status}
    return {"@iot.id": str(place.id), "name": place.name, "description": place.code, "properties": properties}


def location(place: Place) -> Body:
    """Its id is its Thing's. Only of points that lie somewhere."""
    altitude = [] if place.altitude is None else [place.altitude]
    return {
        "@iot.id": str(place.id),
        "name": place.name,
        "description": place.code,
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [place.longitude, place.latitude, *altitude]},
    }


def datastream(series: Series, catalog: Catalog) -> Body:
    variable, place = catalog.variables[series.variable], catalog.points[series.point_id]
    return {
        "@iot.id": series.id,
        "name": f"{variable.name} · {place.code}",
        "description": f"{variable.name} de {place.name}",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {
            "name": variable.unit,
            "symbol": variable.unit,
            "definition": f"{UCUM}#{CODES.get(variable.unit, variable.unit)}",
        },
        "properties": {
            "point": str(series.point_id),
            "variable": series.variable,
            "latest": iso(series.latest_at),
        },
    }


def observed_property(variable: Named) -> Body:
    return {
        "@iot.id": variable.code,
        "name": variable.name,
        "definition": f"urn:stack-vps:variable:{variable.code}",
        "description": f"{variable.name} ({variable.unit})",
        "properties": {"unit": variable.unit},
    }


def sensor(source_id: UUID, name: str) -> Body:
    return {
        "@iot.id": str(source_id),
        "name": name or f"Fuente {source_id}",
        "description": "Fuente de lecturas" if name else "Lecturas de archivo o a mano",
        "encodingType": "text/plain",
        "metadata": name,
    }
