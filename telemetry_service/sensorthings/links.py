"""Addresses of entities and of the page that follows."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from telemetry_service.sensorthings.language.paths import NAVIGATION


def entity_link(root: str, entity_set: str, entity_id: str) -> str:
    escaped = entity_id.replace("'", "''")
    return f"{root}{entity_set}('{quote(escaped, safe=':@-.')}')"


def navigation_links(link: str, entity_set: str) -> dict[str, str]:
    return {f"{name}@iot.navigationLink": f"{link}/{name}" for name in NAVIGATION[entity_set]}


def next_link(address: str, said: Mapping[str, str], **changed: str) -> str:
    """The same query, `$skip` or `$skiptoken` other: one of the two goes."""
    rest = {name: value for name, value in said.items() if name not in {"$skip", "$skiptoken"}}
    on = rest | {f"${name}": value for name, value in changed.items()}
    return f"{address}?{urlencode(on, safe='$', quote_via=quote)}"
