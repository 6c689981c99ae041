import base64
import os
from typing import Any

import pytest
from django.db import connection

from shared.db.fields import EncryptedJSONField, EncryptedTextField, UnreadableSecret, decrypt, encrypt


def key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def test_what_is_stored_does_not_show_the_secret() -> None:
    stored = EncryptedJSONField().get_db_prep_value({"password": "very-secret"}, connection)
    assert "very-secret" not in stored
    assert EncryptedJSONField().from_db_value(stored) == {"password": "very-secret"}


@pytest.mark.parametrize("value", [{"a": 1}, {"": ""}, ["x"], "texto", 0, False, "", {}, []])
def test_any_json_comes_back(value: Any) -> None:
    assert EncryptedJSONField().from_db_value(EncryptedJSONField().get_prep_value(value)) == value


def test_what_is_empty_needs_no_key(settings: Any) -> None:
    was_encrypted = encrypt("{}")
    assert EncryptedJSONField().from_db_value(was_encrypted) == {}
    settings.FIELD_ENCRYPTION_KEYS = [key()]
    assert EncryptedJSONField().from_db_value(EncryptedJSONField().get_prep_value({})) == {}
    with pytest.raises(UnreadableSecret):
        EncryptedJSONField().from_db_value(was_encrypted)


def test_nothing_stays_nothing() -> None:
    field = EncryptedTextField()
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None) is None


def test_a_rotated_key_still_reads_and_the_new_one_writes(settings: Any) -> None:
    old, new = key(), key()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    stored = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert decrypt(stored) == "secret"
    fresh = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert decrypt(fresh) == "secret"


def test_a_lost_key_is_said_without_the_stored_text(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [key()]
    stored = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = [key()]
    with pytest.raises(UnreadableSecret, match="FIELD_ENCRYPTION_KEYS") as failed:
        decrypt(stored)
    assert stored not in str(failed.value)
