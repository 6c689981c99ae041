"""Columns that hold secrets: encrypted at rest, never shown by accident."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from shared.errors import StackError

FERNET = "gA"  # how what Fernet encrypted begins: its version, and the first bits of its time


class UnreadableSecret(StackError):
    """A stored secret was encrypted with a key that FIELD_ENCRYPTION_KEYS no longer holds."""

    code, title = "unreadable_secret", "Secreto ilegible"


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic for mypy only
    """Text, encrypted with the first key of FIELD_ENCRYPTION_KEYS and readable with any of them."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(str(value))

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return None if value is None else decrypt(value)


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]  # generic for mypy only
    """A JSON value, encrypted; an empty one hides nothing and is stored as it is: most rows of a table have none."""

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        return encrypt(json.dumps(value)) if value else json.dumps(value)

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        if value is None:
            return None
        return json.loads(decrypt(value) if value.startswith(FERNET) else value)

    def to_python(self, value: Any) -> Any:
        return value


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    try:
        return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(stored.encode()).decode()
    except InvalidToken:
        # `from None`: the cause would carry the stored text into a trace.
        raise UnreadableSecret("FIELD_ENCRYPTION_KEYS no contiene la clave con que se guardó este secreto.") from None


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
