"""The buckets that all processes share, in Redis. Nothing lives only there: without it each process keeps its own."""

import logging
import time
from collections.abc import Callable
from uuid import UUID

import redis

from telemetry_service.keys.bucket import SCRIPT, Pace

logger = logging.getLogger(__name__)
TIMEOUT_S = 0.1  # a push must not wait for what only counts it
AWAY_S = 5.0  # then Redis is asked again


class SharedBuckets:
    """Thread-safe. `take` says None while Redis is away."""

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        self._script = self._redis.register_script(SCRIPT)
        self._monotonic = monotonic
        self._away_until_s = float("-inf")

    def take(self, key_id: UUID, pace: Pace) -> float | None:
        """0.0 for one more, or the seconds to wait."""
        if self._monotonic() < self._away_until_s:
            return None
        try:
            return float(self._script(keys=[f"api-key:{key_id}"], args=[pace.interval_s, pace.burst]))
        except (redis.RedisError, OSError) as error:
            self._away_until_s = self._monotonic() + AWAY_S
            logger.warning("rate counted by this process alone", extra={"why": type(error).__name__})
            return None
