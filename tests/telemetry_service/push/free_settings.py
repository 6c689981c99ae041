"""Telemetry's settings, but one key may hold every thread: for what is measured or broken without that limit."""

from telemetry_service import settings as real

globals().update({name: getattr(real, name) for name in dir(real) if name.isupper()})
API_KEY_AT_ONCE = 100
