"""Django's Redis cache that forgets instead of failing when Redis is away: nothing lives only there."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError):
            logger.warning("cache away", extra={"operation": "get"})
            return default

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(key, value, *args, **kwargs)
        except (RedisError, OSError):
            logger.warning("cache away", extra={"operation": "set"})

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        try:
            return super().add(key, value, *args, **kwargs)
        except (RedisError, OSError):
            logger.warning("cache away", extra={"operation": "add"})
            return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except (RedisError, OSError):
            logger.warning("cache away", extra={"operation": "delete"})
            return False
