"""A provider account as a document: what one installation writes, another reads. Never a secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.errors import FieldError, InvalidInput
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import Kind, store_provider
from telemetry_service.providers.queries import speak, spoken

FORMAT = "telemetry-provider/1"


def exported(provider: Provider) -> dict[str, Any]:
    """The whole configuration and the names of the credentials that somebody has to give it elsewhere."""
    said = spoken(provider)
    return {
        "format": FORMAT,
        "name": provider.name,
        "type": provider.type,
        "adapter": provider.adapter,
        "preset": provider.preset,
        "config": provider.config,
        "credentials_needed": sorted(said.adapter.credentials(said.parsed)),
    }


def import_provider(
    *, document: Mapping[str, Any], credentials: Mapping[str, str], actor: str, now: datetime
) -> Provider:
    """An account like the one that `exported` described. Refused unless the document is whole."""
    kind = Kind(document["type"], document["adapter"], document["preset"])
    said = speak(kind.type, kind.adapter, document["config"])
    needed, listed = sorted(said.adapter.credentials(said.parsed)), sorted(document["credentials_needed"])
    if needed != listed:
        wrong = FieldError("credentials_needed", "no son las que la configuración usa", listed, ", ".join(needed))
        raise InvalidInput("El documento no es el que se exportó.", errors=[wrong])
    return store_provider(
        name=document["name"], kind=kind, config=document["config"], credentials=credentials, actor=actor, now=now
    )
