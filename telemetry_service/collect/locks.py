"""Which accounts this process works on, so that two processes never ask one account twice as fast as it allows.

Session locks of one connection of their own: they go with the process, however it ends, and whoever takes an account
knows that what was leased there belongs to nobody any more.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import Error, connection

TAKE = "SELECT id FROM unnest(%s::uuid[]) AS id WHERE pg_try_advisory_lock(hashtextextended('collect ' || id::text, 0))"
LEAVE = "SELECT pg_advisory_unlock(hashtextextended('collect ' || id::text, 0)) FROM unnest(%s::uuid[]) AS id"


class AccountLocks:
    def __init__(self) -> None:
        self._connection: Any = None
        self.held: set[UUID] = set()

    def take(self, accounts: Collection[UUID]) -> set[UUID]:
        """Those of `accounts` that nobody worked on until now, and that this process works on from now on."""
        wanted = [str(one) for one in set(accounts) - self.held]
        if not wanted:
            return set()
        taken = {one for (one,) in self._ask(TAKE, wanted)}
        self.held |= taken
        return taken

    def leave(self, accounts: Collection[UUID]) -> None:
        left = self.held & set(accounts)
        if left:
            with suppress(Error):  # with the connection they are gone anyway
                self._ask(LEAVE, [str(one) for one in left])
            self.held -= left

    def close(self) -> None:
        """Leaves all of them."""
        self.held.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, statement: str, accounts: list[str]) -> list[tuple[Any, ...]]:
        was_idle = self._connection is not None and not self.held
        try:
            with connection.wrap_database_errors:
                return self._rows(statement, accounts)
        except Error:
            self.close()  # the server let go of everything with the connection
            if not was_idle:
                raise
        # Nothing was held: a connection that the server cut meanwhile costs no more than a new one.
        return self._ask(statement, accounts)

    def _rows(self, statement: str, accounts: list[str]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = connection.get_new_connection(connection.get_connection_params())
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(statement, [accounts])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
