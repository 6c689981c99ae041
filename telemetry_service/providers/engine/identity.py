"""What makes two sources of HTTP accounts the same one: where is asked, as whom, and about what. No secret comes out
of here but into a digest."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.observability.redaction import SECRET_NAME
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.engine.templates import BadTemplate, Place

PORTS = {"http": 80, "https": 443}


def identity(row: Row, credentials: Mapping[str, str], params: Mapping[str, str]) -> list[str]:
    """The same for the same device of the same customer, whichever account row and whichever way says so."""
    places = {place for place in _asked(row) if place.namespace == "point"}
    said = sorted(f"{place.name}={_rendered(place, params)}" for place in places)
    return [_where(row.base_url), *_whose(row, credentials), *said]


def key_as_asked(row: Row, key: str) -> str:
    """The key as the provider writes it: TagoIO knows small letters only."""
    lower = any("lower" in place.text_filters for place in _asked(row) if place.namespace == "variable")
    return key.lower() if lower else key


def _asked(row: Row) -> list[Place]:
    shown = [row.auth.apply.value] if row.auth.apply else [*row.auth.basic] if row.auth.basic else []
    return [place for text in (*row.latest.templates, *shown) for place in text.places]


def _where(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{(parts.hostname or '').lower()}:{parts.port or PORTS[parts.scheme]}{parts.path.rstrip('/')}"


def _whose(row: Row, credentials: Mapping[str, str]) -> list[str]:
    """The user's name where there is one: a password changes and the account stays the same."""
    named = sorted(name for name in row.credentials if not SECRET_NAME.search(name))
    return [f"{name}={credentials.get(name, '')}" for name in named or sorted(row.credentials)]


def _rendered(place: Place, params: Mapping[str, str]) -> str:
    try:
        return place.render({"point": params})
    except BadTemplate:
        return ""
