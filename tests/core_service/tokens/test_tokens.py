import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction

from core_service.catchment.models import CatchmentPoint, CatchmentPointOwner
from core_service.tokens import operations
from core_service.tokens.models import RefreshToken, TokenFamily
from core_service.users.models import User
from shared.auth.tokens import verify
from shared.errors import NotAuthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "Agua-clara-2026"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def log_in(email: str = "duena@example.cl", now: datetime = AT) -> operations.Issued:
    return operations.log_in(email=email, password=PASSWORD, now=now)


def test_an_owner_gets_reading_scopes_on_his_points(owner: User, make_point: Any) -> None:
    direct, listed, deleted, other = (make_point(code) for code in "ABCD")
    CatchmentPoint.objects.filter(id__in=[direct.id, deleted.id]).update(owner=owner)
    CatchmentPoint.objects.filter(id=deleted.id).update(deleted=True)
    CatchmentPointOwner.objects.create(user=owner, point=listed, ownership_type="SECONDARY")
    principal = verify(log_in().access, now=AT)
    assert principal.scopes == {"core:read", "telemetry:read", "compliance:read"}
    assert principal.points == {direct.id, listed.id}
    assert (principal.actor, principal.may_see(other.id)) == ("user:duena@example.cl", False)


def test_the_staff_gets_everything(owner: User) -> None:
    User.objects.filter(id=owner.id).update(is_staff=True)
    principal = verify(log_in().access, now=AT)
    assert (principal.points, principal.has("compliance:write"), principal.has("points:sync")) == (None, True, False)


def test_an_access_token_lives_ten_minutes(owner: User) -> None:
    issued = log_in()
    assert issued.expires_in == 600
    verify(issued.access, now=AT + timedelta(minutes=9, seconds=59))
    with pytest.raises(NotAuthenticated):
        verify(issued.access, now=AT + timedelta(minutes=10))


@pytest.mark.parametrize("email", ["duena@example.cl", "Duena@EXAMPLE.cl", " duena@example.cl "])
def test_an_address_has_many_spellings(owner: User, email: str) -> None:
    assert log_in(email)
    owner.refresh_from_db()
    assert owner.last_login == AT


@pytest.mark.parametrize(("email", "active"), [("nobody@example.cl", True), ("duena@example.cl", False)])
def test_who_may_not_enter(owner: User, email: str, active: bool) -> None:
    User.objects.filter(id=owner.id).update(is_active=active)
    with pytest.raises(NotAuthenticated):
        log_in(email)


def test_each_refresh_gives_the_next_token(owner: User) -> None:
    secret = log_in().refresh
    for hour in range(1, 4):
        issued = operations.refresh(secret=secret, now=AT + timedelta(hours=hour))
        assert issued.refresh != secret
        secret = issued.refresh
    assert (TokenFamily.objects.count(), RefreshToken.objects.count()) == (1, 4)


def test_a_token_that_comes_twice_ends_the_family(owner: User) -> None:
    first = log_in().refresh
    second = operations.refresh(secret=first, now=AT).refresh
    for secret in (first, second, second):
        with pytest.raises(NotAuthenticated):
            operations.refresh(secret=secret, now=AT)
    family = TokenFamily.objects.get()
    assert (family.revoked_at, family.revoked_for) == (AT, "reused")


def test_another_log_in_is_another_family(owner: User) -> None:
    stolen, other = log_in().refresh, log_in().refresh
    operations.refresh(secret=stolen, now=AT)
    with pytest.raises(NotAuthenticated):
        operations.refresh(secret=stolen, now=AT)
    assert operations.refresh(secret=other, now=AT)


def test_no_token_is_stored_as_it_is(owner: User) -> None:
    issued = log_in()
    stored = RefreshToken.objects.get()
    assert issued.refresh not in str(vars(stored))
    assert issued.refresh not in repr(issued)


@pytest.mark.parametrize(
    ("after", "valid"),
    [(timedelta(days=13, hours=23), True), (timedelta(days=14), False)],
)
def test_a_refresh_token_lives_fourteen_days(owner: User, after: timedelta, valid: bool) -> None:
    secret = log_in().refresh
    if valid:
        assert operations.refresh(secret=secret, now=AT + after)
    else:
        with pytest.raises(NotAuthenticated):
            operations.refresh(secret=secret, now=AT + after)


def test_a_family_ends_however_often_it_was_refreshed(owner: User) -> None:
    secret, now = log_in().refresh, AT
    for _ in range(8):
        now += timedelta(days=11)
        secret = operations.refresh(secret=secret, now=now).refresh
    assert RefreshToken.objects.get(used_at=None).expires_at == AT + operations.FAMILY_LIFETIME


def test_a_changed_password_ends_what_the_old_one_opened(owner: User) -> None:
    secret = log_in().refresh
    owner.set_password("Otra-clave-2026")
    owner.save()
    with pytest.raises(NotAuthenticated):
        operations.refresh(secret=secret, now=AT)


def test_somebody_who_was_shut_out_stays_out(owner: User) -> None:
    secret = log_in().refresh
    User.objects.filter(id=owner.id).update(is_active=False)
    with pytest.raises(NotAuthenticated):
        operations.refresh(secret=secret, now=AT)


def test_after_logging_out_nothing_is_given(owner: User) -> None:
    secret = log_in().refresh
    for _ in range(2):
        operations.log_out(secret=secret, now=AT)
    operations.log_out(secret="unknown", now=AT)
    with pytest.raises(NotAuthenticated):
        operations.refresh(secret=secret, now=AT)
    assert TokenFamily.objects.get().revoked_for == "logged_out"


def test_ended_families_are_forgotten(owner: User) -> None:
    log_in()
    log_in(now=AT + timedelta(days=1))
    assert operations.forget_ended(now=AT + operations.FAMILY_LIFETIME + timedelta(hours=1)) == 1
    assert (TokenFamily.objects.count(), RefreshToken.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_bring_the_same_token_at_once_one_gets_the_next(owner: User) -> None:
    secret = log_in().refresh
    both, got = threading.Barrier(2), []

    def bring() -> None:
        try:
            both.wait(5)
            got.append(bool(operations.refresh(secret=secret, now=AT)))
        except NotAuthenticated:
            got.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(got) == [False, True]
    assert TokenFamily.objects.get().revoked_for == "reused"


def broken(change: Any) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's


def test_the_database_states_what_must_be_true(owner: User) -> None:
    log_in()
    families, tokens = TokenFamily.objects, RefreshToken.objects
    token = tokens.get()
    assert broken(lambda: families.update(ends_at=AT)) == "token_family_ends_after_start"
    assert broken(lambda: families.update(revoked_at=AT)) == "token_family_revoked_for_a_reason"
    assert broken(lambda: families.update(revoked_for="x")) == "token_family_revoked_for_a_reason"
    assert broken(lambda: tokens.update(expires_at=AT)) == "refresh_token_expires_after_issue"
    more = {"family": token.family, "issued_at": AT, "expires_at": AT + timedelta(days=1)}
    assert broken(lambda: tokens.create(digest="other", **more)) == "refresh_token_one_unused_in_family"
    assert broken(lambda: tokens.create(digest=token.digest, used_at=AT, **more)) == "refresh_token_digest_once"


def test_the_signature_is_checked_by_the_published_key(owner: User) -> None:
    header = jwt.get_unverified_header(log_in().access)
    assert header["alg"] == "EdDSA"
    claims = jwt.decode(log_in().access, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == (django_settings.SERVICE, ["core", "telemetry", "compliance"])
