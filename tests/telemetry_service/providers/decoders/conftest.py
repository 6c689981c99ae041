"""A decoder is asked as the listener asks it: by its name, with options as JSON."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.decoders.message import Decoded, Message
from telemetry_service.providers.engine.node import Node

Decode = Callable[..., Decoded]


@pytest.fixture
def decode() -> Decode:
    def ask(name: str, topic: str, payload: Any, options: Mapping[str, Any] | None = None, **more: Any) -> Decoded:
        decoder = DECODERS[name]
        read = decoder.read_options(Node("options", dict(options or {})))
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return decoder.decode(Message(topic, body, **more), read)

    return ask


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
