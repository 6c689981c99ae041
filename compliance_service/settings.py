"""Settings of the Compliance service. What a deployment chooses comes from the environment (see .env.example)."""

from shared.settings.base import service_settings
from shared.settings.env import Env

globals().update(
    service_settings(
        "compliance",
        apps=[
            "compliance_service.points",
            "compliance_service.authorities",
            "compliance_service.obligations",
            "compliance_service.submissions",
            "compliance_service.receipts",
            "compliance_service.weather",
            "compliance_service.review",
            "compliance_service.ledger",
            "compliance_service.files",
            "compliance_service.golive",
            "compliance_service.book",
            "compliance_service.reports",
            "compliance_service.rights",
            "compliance_service.history",
            "compliance_service.notices",
        ],
        service_scopes={"core": ["points:sync", "compliance:read"]},
        # A rehearsal against the simulator: where set, it stands in for the address in the source's row.
        # Where a work rehearses before it goes live: the simulator, never the regulator.
        DGA_REHEARSAL_URL=Env().url("DGA_REHEARSAL_URL", "http://unset.invalid"),
        DGA_BASE_URL=Env().url("DGA_BASE_URL", "http://unset.invalid"),
        SMA_BASE_URL=Env().url("SMA_BASE_URL", "http://unset.invalid"),
    )
)
