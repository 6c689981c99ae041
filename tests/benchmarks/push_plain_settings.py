"""Telemetry's settings with the plain endpoint's addresses."""

from telemetry_service.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.push_plain"
