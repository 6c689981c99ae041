"""What DGA asks of a work besides its code and informant: which resource it is, and whether its level may be empty."""

from collections.abc import Mapping
from typing import Any

from compliance_service.authorities.dga.forms import DEFAULT, RESOURCES
from compliance_service.authorities.interface import BadTerms

NAMES = ("resource", "level_may_be_empty", "channel")
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
    return {"resource": resource, "level_may_be_empty": may_be_empty, "channel": channel}
