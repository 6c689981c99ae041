"""What DGA asks of a work besides code and informant: its resource, its channel, what its flow and level are."""

from collections.abc import Mapping
from typing import Any

from compliance_service.authorities.dga.flow import FLOW_VALUES, INSTANT, LONGEST_GAP_S, MEAN
from compliance_service.authorities.dga.forms import DEFAULT, RESOURCES, Resource
from compliance_service.authorities.interface import BadTerms

NAMES = ("resource", "level_may_be_empty", "channel", "flow_value", "flow_gap_s")
# How a work is registered: its data come over the API, as a file that a person brings, or typed into a form.
CHANNELS = ("online", "file", "form")


def read_terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """Complete; raises BadTerms. Older configurations have none, and are groundwater works."""
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        raise BadTerms(f"terms.{unknown[0]}", "término desconocido", f"uno de {', '.join(NAMES)}")
    resource, may_be_empty = given.get("resource", DEFAULT), given.get("level_may_be_empty", False)
    if resource not in RESOURCES:
        raise BadTerms("terms.resource", "recurso desconocido", f"uno de {', '.join(RESOURCES)}")
    if not isinstance(may_be_empty, bool):
        raise BadTerms("terms.level_may_be_empty", "no es sí o no", "true o false")
    if may_be_empty and not RESOURCES[resource].may_be_empty:
        raise BadTerms("terms.level_may_be_empty", "este recurso no informa nivel", "omitirlo")
    channel = given.get("channel", CHANNELS[0])
    if channel not in CHANNELS:
        raise BadTerms("terms.channel", "canal desconocido", f"uno de {', '.join(CHANNELS)}")
    flow = _flow(given, RESOURCES[resource])
    return {"resource": resource, "level_may_be_empty": may_be_empty, "channel": channel, **flow}


def _flow(given: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """`flow_gap_s` is kept only where it was given: else the rules in force say it."""
    value, gap = given.get("flow_value", INSTANT), given.get("flow_gap_s")
    if value not in FLOW_VALUES:
        expected = "instant (la muestra del instante) o mean (la media del período que termina en él)"
        raise BadTerms("terms.flow_value", "no es un valor de caudal conocido", expected)
    if value == MEAN and not any(said.variable == "flow" for said in resource.fields.values()):
        raise BadTerms("terms.flow_value", "este recurso no informa caudal", "omitirlo")
    if gap is None:
        return {"flow_value": value}
    if value != MEAN:
        raise BadTerms("terms.flow_gap_s", "solo vale para la media del período", "omitirlo, o flow_value mean")
    if not isinstance(gap, int) or isinstance(gap, bool) or not 1 <= gap <= LONGEST_GAP_S:
        raise BadTerms("terms.flow_gap_s", "no es un número de segundos", f"un entero de 1 a {LONGEST_GAP_S}")
    return {"flow_value": value, "flow_gap_s": gap}
