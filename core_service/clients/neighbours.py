"""What Core asks of the other services: to look at the points again, and how they are."""

from django.conf import settings

from shared.clients.service_client import ServiceClient, client_for

SYNC = {"telemetry": "/api/telemetry/points/sync/", "compliance": "/api/compliance/points/sync/"}


def neighbours() -> dict[str, ServiceClient]:
    addresses = {"telemetry": settings.TELEMETRY_URL, "compliance": settings.COMPLIANCE_URL}
    return {name: client_for(name, address) for name, address in addresses.items()}


def hint_points_changed(name: str, client: ServiceClient) -> None:
    """Raises an OutsideError when the service did not take the hint."""
    client.post(SYNC[name], {})


def ask_ready(client: ServiceClient) -> dict[str, object]:
    """The service's own account of its parts. Raises an OutsideError when it is not ready."""
    return client.get("/ready")
