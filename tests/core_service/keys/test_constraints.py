"""Each named constraint of the keys, broken once behind the API's back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from core_service.keys.models import MOST_IN_SCOPE, ApiKey, ApiKeyEvent, ApiKeySecret
from core_service.keys.operations import rotate_key
from tests.core_service.keys.conftest import AT, STAFF, MakeKey

pytestmark = pytest.mark.django_db
MANY = [UUID(int=number) for number in range(MOST_IN_SCOPE + 1)]


def broken(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"name": ""}, "api_key_name_given"),
        ({"sources": [], "points": []}, "api_key_for_something"),
        ({"sources": MANY}, "api_key_scope_bounded"),
        ({"points": MANY}, "api_key_scope_bounded"),
        ({"expires_at": AT}, "api_key_expires_after_creation"),
        ({"revoked_at": AT}, "api_key_revoked_by_somebody"),
        ({"revoked_by": "user:x"}, "api_key_revoked_by_somebody"),
    ],
)
def test_a_value_that_cannot_be(make_key: MakeKey, change: dict[str, Any], constraint: str) -> None:
    key = make_key().key
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiKey.objects.filter(id=key.id).update(**change)
    assert broken(error) == constraint


@pytest.mark.parametrize(
    ("field", "constraint"), [("name", "api_key_live_name_once"), ("change_seq", "api_key_change_seq_once")]
)
def test_a_value_that_another_key_has(make_key: MakeKey, field: str, constraint: str) -> None:
    first, second = make_key().key, make_key().key
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiKey.objects.filter(id=second.id).update(**{field: getattr(first, field)})
    assert broken(error) == constraint


def test_a_revoked_key_gives_its_name_back(make_key: MakeKey) -> None:
    first = make_key(name="Logger").key
    ApiKey.objects.filter(id=first.id).update(revoked_at=AT, revoked_by="user:x")
    make_key(name="Logger")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"prefix": "ABCDEFGHIJKL"}, "api_key_secret_prefix_form"),
        ({"prefix": "abc"}, "api_key_secret_prefix_form"),
        ({"digest": "ab"}, "api_key_secret_digest_whole"),
        ({"ends_at": AT - timedelta(seconds=1)}, "api_key_secret_ends_after_made"),
    ],
)
def test_a_secret_that_cannot_be(make_key: MakeKey, change: dict[str, Any], constraint: str) -> None:
    key = make_key().key
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiKeySecret.objects.filter(key=key).update(**change)
    assert broken(error) == constraint


def test_a_key_has_one_current_secret(make_key: MakeKey) -> None:
    key = make_key().key
    rotate_key(key_id=key.id, overlap=timedelta(hours=1), asker=STAFF, now=AT)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiKeySecret.objects.filter(key=key).update(ends_at=None)
    assert broken(error) == "api_key_secret_one_current"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [({"what": "lost"}, "api_key_event_known"), ({"by": ""}, "api_key_event_says_by_whom")],
)
def test_an_event_that_cannot_be(make_key: MakeKey, change: dict[str, Any], constraint: str) -> None:
    key = make_key().key
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiKeyEvent.objects.filter(key=key).update(**change)
    assert broken(error) == constraint


def test_the_sequence_lives_in_our_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('core.api_key_change_seq') IS NOT NULL")
        assert cursor.fetchone() == (True,)


def test_no_row_holds_what_opens(make_key: MakeKey) -> None:
    """Neither the secret, nor the key of its hash as it is: the database alone cannot even try a secret out."""
    made = make_key()
    secret = made.text.split("_", 2)[2]
    stored = ApiKeySecret.objects.get(key=made.key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text || s::text || e::text FROM api_key k, api_key_secret s, api_key_event e")
        rows = "".join(row for (row,) in cursor.fetchall())
    assert stored.digest in rows
    assert not any(hidden in rows for hidden in (secret, stored.hash_key))
