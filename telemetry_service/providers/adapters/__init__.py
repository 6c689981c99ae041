"""One interface for all provider types. What a package with an adapter of its own may use is named here."""

from shared.clients.outbound import ForbiddenAddress, guard, resolve
from shared.errors import Unreachable, invalid
from telemetry_service.providers.adapters.extras import Identifies, Paced
from telemetry_service.providers.adapters.interface import (
    Account,
    Adapter,
    Ask,
    Device,
    Emit,
    Heard,
    Memory,
    Remembers,
    Session,
    Streams,
)
from telemetry_service.providers.adapters.registry import NoAdapter, adapter_for
from telemetry_service.providers.adapters.trial import Tried, Tries
from telemetry_service.providers.engine.results import Answer, Failure, FailureClass, Poll, PollFailed, Reading, Reason
from telemetry_service.providers.engine.row import Limits, Param
from telemetry_service.providers.engine.trace import Step
from telemetry_service.providers.engine.transport import Exchange
from telemetry_service.providers.engine.verdict import Reply
from telemetry_service.providers.turns import Turns

__all__ = [
    "Account",
    "Adapter",
    "Answer",
    "Ask",
    "Device",
    "Emit",
    "Exchange",
    "Failure",
    "FailureClass",
    "ForbiddenAddress",
    "Heard",
    "Identifies",
    "Limits",
    "Memory",
    "NoAdapter",
    "Paced",
    "Param",
    "Poll",
    "PollFailed",
    "Reading",
    "Reason",
    "Remembers",
    "Reply",
    "Session",
    "Step",
    "Streams",
    "Tried",
    "Tries",
    "Turns",
    "Unreachable",
    "adapter_for",
    "guard",
    "invalid",
    "resolve",
]
