"""This process's directory of keys and its limiter, by the settings."""

from functools import lru_cache

from django.conf import settings

from telemetry_service.keys.bucket import Pace
from telemetry_service.keys.directory import Directory
from telemetry_service.keys.limiter import Limiter
from telemetry_service.keys.queries import find_secret, generation
from telemetry_service.keys.shared_bucket import SharedBuckets


@lru_cache(maxsize=1)
def directory() -> Directory:
    return Directory(find=find_secret, generation=generation)


@lru_cache(maxsize=1)
def limiter() -> Limiter:
    pace = Pace(rate=settings.API_KEY_RATE, burst=settings.API_KEY_BURST)
    return Limiter(pace=pace, at_once=settings.API_KEY_AT_ONCE, shared=SharedBuckets(settings.REDIS_URL))
