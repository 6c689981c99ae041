"""An account's lock goes with its connection, and a connection that the server cut is replaced."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import Error, connection

from telemetry_service.collect.locks import AccountLocks

pytestmark = pytest.mark.django_db
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def locks() -> Iterator[AccountLocks]:
    locks = AccountLocks()
    yield locks
    locks.close()


def cut(locks: AccountLocks) -> None:
    """As a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [locks._connection.info.backend_pid])


def test_an_account_belongs_to_one(locks: AccountLocks) -> None:
    other = AccountLocks()
    assert locks.take([ONE]) == {ONE}
    assert other.take([ONE, TWO]) == {TWO}
    locks.leave([ONE])
    assert other.take([ONE]) == {ONE}
    other.close()


def test_a_cut_connection_on_which_nothing_was_held_is_replaced(locks: AccountLocks) -> None:
    locks.take([ONE])
    locks.leave([ONE])
    cut(locks)
    assert locks.take([ONE]) == {ONE}


def test_what_was_held_on_a_cut_connection_is_held_no_more(locks: AccountLocks) -> None:
    locks.take([ONE])
    cut(locks)
    with pytest.raises(Error):
        locks.take([TWO])
    assert locks.held == set()
    assert locks.take([ONE, TWO]) == {ONE, TWO}
