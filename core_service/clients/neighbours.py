"""What Core asks of the other services: to look at the points and the keys again, and how they are."""

from django.conf import settings

from shared.clients.service_client import ServiceClient, client_for

SYNC = {"telemetry": "/api/telemetry/points/sync/", "compliance": "/api/compliance/points/sync/"}
SYNC_KEYS = "/api/telemetry/keys/sync/"


def neighbours() -> dict[str, ServiceClient]:
    addresses = {"telemetry": settings.TELEMETRY_URL, "compliance": settings.COMPLIANCE_URL}
    return {name: client_for(name, address) for name, address in addresses.items()}


def hint_points_changed(name: str, client: ServiceClient) -> None:
    """Raises an OutsideError when the service did not take the hint."""
    client.post(SYNC[name], {})


def hint_keys_changed(client: ServiceClient) -> None:
    """To Telemetry, which alone lets devices in. Raises an OutsideError when it did not take the hint."""
    client.post(SYNC_KEYS, {})


def ask_ready(client: ServiceClient) -> dict[str, object]:
    """The service's own account of its parts. Raises an OutsideError when it is not ready."""
    return client.get("/ready")
