"""What it costs to know who asks: a device's API key and a person's token, of many holders in turn, in one process.

PostgreSQL and Redis run beside, on the same machine: by the wall the middle call, as a busy machine would show itself
in the mean. "Met before" is what a request costs once its holder was here; the goal is for those. The slow hash is
Django's for passwords, at its usual strength: why keys do not use one.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import django
from django.db import connection

from deploy.native.checks.servers import own_servers
from tests.benchmarks.bench_poll import service_environment
from tests.benchmarks.figures import say

HOLDERS, ROUNDS = 2000, 10
GOAL_US = 100


def main() -> None:
    with own_servers() as servers:
        os.environ.update(service_environment(servers))
        os.environ["DJANGO_SETTINGS_MODULE"] = "telemetry_service.settings"
        django.setup()
        sys.stdout.write(f"{HOLDERS} holders in turn, {ROUNDS} times; one process, one thread.\n")
        key = _keys()
        token = _tokens()
        _slow_hash(key)
        _limiter()
        say("a key met before, of a token, CPU", key / token, "×")


def _keys() -> float:
    """Microseconds of CPU of a key that was met before."""
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from shared.auth.api_keys import make_secret
    from telemetry_service.keys.drf import KeyAuthentication
    from telemetry_service.keys.errors import UnknownKey

    def known(text: str) -> Callable[[], Any]:
        request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {text}"}))
        return lambda: KeyAuthentication().authenticate(request)

    def unknown(text: str) -> Callable[[], Any]:
        call = known(text)

        def refused() -> None:
            try:
                call()
            except UnknownKey:
                return
            raise AssertionError("let in")

        return refused

    calls = [known(text) for text in _make_keys()]
    first = _each(calls)
    _report("a key, first met (asks the database)", first)
    again = _each(calls * ROUNDS)
    _report("a key, met before", again, goal_us=GOAL_US)
    _report("an unknown key (asks the database)", _each([unknown(make_secret().text) for _ in range(HOLDERS)]))
    return again.cpu


def _make_keys() -> list[str]:
    from shared.auth.api_keys import make_secret
    from shared.clock import now
    from telemetry_service.keys.models import ApiKey, ApiKeySecret, ApiKeyUse

    at, made = now(), [(uuid.uuid4(), make_secret()) for _ in range(HOLDERS)]
    ApiKey.objects.bulk_create(
        [ApiKey(id=key, name=f"Logger {key}", sources=[uuid.uuid4()], updated_at=at) for key, _ in made]
    )
    ApiKeySecret.objects.bulk_create(
        [ApiKeySecret(prefix=new.prefix, key_id=key, digest=new.digest, hash_key=new.hash_key) for key, new in made]
    )
    ApiKeyUse.objects.bulk_create([ApiKeyUse(key_id=key, used_at=at) for key, _ in made])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [new.text for _, new in made]


def _tokens() -> float:
    """Microseconds of CPU of a token that was met before."""
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from shared.auth.drf import TokenAuthentication
    from shared.testing import user_token

    def known(token: str) -> Callable[[], Any]:
        request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"}))
        return lambda: TokenAuthentication().authenticate(request)

    calls = [known(user_token(points=[uuid.uuid4()], email=f"p{n}@example.cl")) for n in range(HOLDERS)]
    _report("a token, first met (checks the signature)", _each(calls))
    again = _each(calls * ROUNDS)
    _report("a token, met before", again, goal_us=GOAL_US)
    return again.cpu


def _slow_hash(key_us: float) -> None:
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    hasher = PBKDF2PasswordHasher()
    stored = hasher.encode("secreto", hasher.salt())
    slow = _each([lambda: hasher.verify("secreto", stored)] * 3).cpu
    say("a slow hash instead, CPU", slow / 1000, "ms")
    say("  of a key met before", slow / key_us, "×")


def _limiter() -> None:
    from django.conf import settings

    from telemetry_service.keys.bucket import Pace
    from telemetry_service.keys.current import limiter
    from telemetry_service.keys.limiter import Limiter
    from telemetry_service.keys.shared_bucket import SharedBuckets

    def admit(by: Limiter, key: uuid.UUID) -> Callable[[], None]:
        def once() -> None:
            with by.admit(key):
                pass

        return once

    keys = [uuid.uuid4() for _ in range(HOLDERS)]
    alone = Limiter(Pace(settings.API_KEY_RATE, settings.API_KEY_BURST), 2, SharedBuckets("redis://127.0.0.1:1/0"))
    _report("admitted, counted in Redis", _each([admit(limiter(), key) for key in keys]))
    _report("admitted, with Redis away", _each([admit(alone, key) for key in keys]))


@dataclass(frozen=True, slots=True)
class Took:
    """Microseconds a call: by the wall the middle one, and the process's CPU on average."""

    middle: float
    cpu: float


def _each(calls: Sequence[Callable[[], Any]]) -> Took:
    took, cpu_ns = [], time.process_time_ns()
    for call in calls:
        began = time.perf_counter_ns()
        call()
        took.append(time.perf_counter_ns() - began)
    return Took(median(took) / 1e3, (time.process_time_ns() - cpu_ns) / len(calls) / 1e3)


def _report(name: str, took: Took, *, goal_us: float | None = None) -> None:
    say(name, took.middle, "µs", at_most=goal_us)
    say("  CPU, on average", took.cpu, "µs", at_most=goal_us)


if __name__ == "__main__":
    main()
