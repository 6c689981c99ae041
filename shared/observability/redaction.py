"""Secrets stay out of everything that is written down."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"
SECRET_NAME = re.compile(
    r"pass(word|wd)?|secret|token|authorization|api_?key|credential|private_?key|cookie|session",
    re.IGNORECASE,
)
SHORTEST = 4  # masking shorter values would eat ordinary text


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every one of `secrets` masked, the longest first."""
    for secret in sorted({item for item in secrets if len(item) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def redact_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which what is called like a secret is masked, at any depth."""
    return {name: _redact_value(name, value) for name, value in values.items()}


def _redact_value(name: str, value: Any) -> Any:
    if SECRET_NAME.search(str(name)):
        return MASK if value else value
    if isinstance(value, Mapping):
        return redact_mapping(value)
    if isinstance(value, list | tuple):
        return [_redact_value("", item) for item in value]
    return value
