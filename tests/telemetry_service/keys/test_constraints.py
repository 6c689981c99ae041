"""Each named constraint of the copy, broken once."""

import pytest
from django.db import IntegrityError, connection, transaction

from telemetry_service.keys.models import ApiKeySecret
from telemetry_service.keys.queries import find_secret
from tests.telemetry_service.keys.conftest import MakeKey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("digest", ["", "ab", "A" * 64, "g" * 64])
def test_a_digest_is_whole(make_key: MakeKey, digest: str) -> None:
    key = make_key()
    with pytest.raises(IntegrityError, match="api_key_secret_digest_whole"), transaction.atomic():
        ApiKeySecret.objects.filter(prefix=key.prefix).update(digest=digest)


def test_what_is_stored_opens_nothing_without_the_settings(make_key: MakeKey) -> None:
    """Neither the secret nor the hash's key is in the row as it is."""
    key = make_key()
    found = find_secret(key.prefix)
    assert found is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text || k::text FROM api_key_secret s JOIN api_key k ON k.id = s.key_id")
        (row,) = cursor.fetchone()
    assert key.text.split("_", 2)[2] not in row
    assert found.hash_key not in row
