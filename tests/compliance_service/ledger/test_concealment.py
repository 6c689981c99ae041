import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from compliance_service.ledger.concealment import concealer, mark
from compliance_service.ledger.models import LedgerKey
from compliance_service.submissions.models import Attempt
from tests.compliance_service.conftest import DAY, LOOK, Telemetry

Make = Callable[..., Any]
KEY = bytes(range(32))


def test_a_mark_is_what_the_page_says() -> None:
    digest = hmac.new(KEY, b"dga password of 12345678-5\0secret", hashlib.sha256).hexdigest()
    assert mark(1, KEY, "dga password of 12345678-5", b"secret") == f"hmac-sha256:1:{digest}"


def test_the_same_secret_of_another_owner_has_another_mark() -> None:
    marks = {mark(1, KEY, what, secret) for what in ("a", "b") for secret in (b"x", b"y")}
    assert len(marks) == 4


@pytest.mark.django_db
def test_the_key_is_made_once_and_kept_encrypted() -> None:
    first, second = concealer(LOOK), concealer(LOOK + DAY)
    assert first("a", b"x") == second("a", b"x")
    row = LedgerKey.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM ledger_key")
        stored = cursor.fetchone()[0]
    assert (row.made_at, row.key in stored) == (LOOK, False)
    assert first("a", b"x") == mark(1, bytes.fromhex(row.key), "a", b"x")


@pytest.mark.django_db
def test_a_new_key_is_used_and_named_from_then_on() -> None:
    old = concealer(LOOK)
    LedgerKey.objects.create(id=2, key=KEY.hex(), made_at=LOOK)
    assert (old("a", b"x")[:14], concealer(LOOK)("a", b"x")) == ("hmac-sha256:1:", mark(2, KEY, "a", b"x"))


@pytest.mark.django_db
def test_what_is_kept_of_a_request_can_be_shown_to_be_of_a_password(
    make_config: Make, telemetry: Telemetry, regulator: Any, run: Make
) -> None:
    """The holder, who has the key and the password, makes the very bytes again that left."""
    config = make_config()
    telemetry.good(config.point_id)
    run()
    attempt, conceal = Attempt.objects.get(), concealer(LOOK)
    said = conceal(f"dga password of {config.informant_rut}", config.password.encode())
    kept = bytes(attempt.request_body)
    assert said.encode() in kept
    left = kept.replace(said.encode(), config.password.encode())
    assert bytes(attempt.request_mac).decode() == conceal("request", left)
