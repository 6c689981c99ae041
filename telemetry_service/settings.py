"""Settings of the Telemetry service. What a deployment chooses comes from the environment (see .env.example)."""

from shared.settings.base import service_settings
from shared.settings.env import Env
from telemetry_service.alerts.mail.server import read_mail_server
from telemetry_service.keys.share import share_of_threads

globals().update(
    service_settings(
        "telemetry",
        apps=[
            "telemetry_service.points",
            "telemetry_service.keys",
            "telemetry_service.providers",
            "telemetry_service.raw",
            "telemetry_service.measurements",
            "telemetry_service.virtual",
            "telemetry_service.schemas",
            "telemetry_service.process",
            "telemetry_service.sources",
            "telemetry_service.gaps",
            "telemetry_service.health",
            "telemetry_service.collect",
            "telemetry_service.listen",
            "telemetry_service.push",
            "telemetry_service.imports",
            "telemetry_service.alerts",
        ],
        service_scopes={
            "core": ["points:sync", "keys:sync", "telemetry:read"],
            "compliance": ["telemetry:read"],
        },
        HYPERTABLES=Env().boolean("HYPERTABLES", False),
        COLLECT_CONCURRENCY=Env().integer("COLLECT_CONCURRENCY", 100, low=1, high=2000),
        API_KEY_RATE=Env().integer("API_KEY_RATE", 20, low=1, high=100_000),
        API_KEY_BURST=Env().integer("API_KEY_BURST", 60, low=1, high=100_000),
        ALERT_MAIL=read_mail_server(Env()),
        API_KEY_AT_ONCE=share_of_threads(Env()),
    )
)
