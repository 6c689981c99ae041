"""What every service answers besides its own API."""

from django.urls import path

from shared.observability import health, metrics

operational_urls = [
    path("health", health.alive),
    path("ready", health.ready),
    path("metrics", metrics.exposition),
]
