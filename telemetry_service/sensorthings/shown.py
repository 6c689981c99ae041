"""An entity with its links, and only what `$select` asks for."""

from typing import Any

from shared.errors import invalid
from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.sensorthings.entities import Body
from telemetry_service.sensorthings.language.options import Options
from telemetry_service.sensorthings.language.paths import NAVIGATION
from telemetry_service.sensorthings.links import entity_link, navigation_links
from telemetry_service.sensorthings.observations import Observation


def shown(root: str, entity_set: str, body: Body, options: Options, expanded: dict[str, Any]) -> Body:
    """What is expanded stands in the place of the link to it."""
    link = entity_link(root, entity_set, str(body["@iot.id"]))
    links = navigation_links(link, entity_set)
    if options.select:
        body, links = _selected(entity_set, body, links, options.select)
    kept = {key: value for key, value in links.items() if key.partition("@")[0] not in expanded}
    return {"@iot.id": body["@iot.id"], "@iot.selfLink": link, **body, **kept, **expanded}


def _selected(
    entity_set: str, body: Body, links: dict[str, str], select: tuple[str, ...]
) -> tuple[Body, dict[str, str]]:
    known = {"id", "@iot.id", "@iot.selfLink", *body, *NAVIGATION[entity_set]}
    for name in select:
        if name not in known:
            raise invalid("$select", f"{entity_set} no tiene «{name}»", expected=f"una de {', '.join(sorted(known))}")
    wanted = {"@iot.id", *select}
    some = {name: value for name, value in body.items() if name in wanted}
    return some, {name: link for name, link in links.items() if name.partition("@")[0] in wanted}


def observation(one: Observation) -> Body:
    """Its id names its series and its instant: there is one measurement at a time."""
    return {
        "@iot.id": f"{one.series_id}@{iso(one.time)}",
        "phenomenonTime": iso(one.time),
        "resultTime": iso(one.known_since),
        "result": one.result,
        "resultQuality": one.quality,
        "parameters": {"quality": LABELS[one.quality], "reasons": reason_names(one.reasons)},
    }
