"""What an operator's alarms see of the keys. The label is an error's code, from a closed list."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

from shared.errors import StackError

REFUSED = Counter("telemetry_api_key_refusals", "Requests that a key did not let in, by why.", ["code"])
ENDING = Gauge("telemetry_api_keys_ending", "Keys in use that end within two weeks.", multiprocess_mode="mostrecent")


@contextmanager
def counted() -> Iterator[None]:
    """Counts the refusals of what it holds."""
    try:
        yield
    except StackError as error:
        REFUSED.labels(error.code).inc()
        raise
