"""The buckets that all processes share, in Redis. Nothing lives only there: without it each process keeps its own."""

import logging
import time
from collections.abc import Callable
from uuid import UUID

import redis

from telemetry_service.keys.bucket import SCRIPT, Pace

logger = logging.getLogger(__name__)
TIMEOUT_S = 0.1  # a push must not wait for what only counts it
PARTS = 12  # of a burst, of which one is taken at a time
AHEAD_S = 1.0  # what was taken ahead and is not used until then is lost
MOST_AHEAD = 16_384
AWAY_S = 5.0  # then Redis is asked again


class SharedBuckets:
    """Thread-safe. `take` says None while Redis is away."""

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        self._script = self._redis.register_script(SCRIPT)
        self._monotonic = monotonic
        self._away_until_s = float("-inf")
        self._ahead: dict[UUID, tuple[int, float]] = {}  # requests that this process may let in without asking

    def take(self, key_id: UUID, pace: Pace) -> float | None:
        """0.0 for one more, or the seconds to wait."""
        now_s = self._monotonic()
        if now_s < self._away_until_s:
            return None
        left, until_s = self._ahead.pop(key_id, (0, 0.0))
        if left and now_s < until_s:
            self._ahead[key_id] = left - 1, until_s
            return 0.0
        try:
            return self._take(key_id, pace, now_s)
        except (redis.RedisError, OSError) as error:
            self._away_until_s = self._monotonic() + AWAY_S
            logger.warning("rate counted by this process alone", extra={"why": type(error).__name__})
            return None

    def _take(self, key_id: UUID, pace: Pace, now_s: float) -> float:
        """Some ahead where there is room for them: a device that sends often asks Redis once for several requests."""
        ahead = pace.burst // PARTS
        if ahead > 1 and self._asked(key_id, pace.interval_s * ahead, PARTS) == 0:
            if len(self._ahead) >= MOST_AHEAD:
                self._ahead.clear()
            self._ahead[key_id] = ahead - 1, now_s + AHEAD_S
            return 0.0
        return self._asked(key_id, pace.interval_s, pace.burst)

    def _asked(self, key_id: UUID, interval_s: float, burst: int) -> float:
        return float(self._script(keys=[f"api-key:{key_id}"], args=[interval_s, burst]))
