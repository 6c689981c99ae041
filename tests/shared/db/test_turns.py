import threading

import pytest
from django.db import connection, transaction

from shared.db.turns import take_turn

# Of this database: other suites run on the same server.
WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
 WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theirs", "waits"), [("a turn", True), ("another", False)])
def test_a_turn_is_somebodys_until_his_transaction_ends(theirs: str, waits: bool) -> None:
    done = threading.Event()

    def other() -> None:
        try:
            with transaction.atomic():
                take_turn(theirs)
                done.set()
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        take_turn("a turn")
        thread.start()
        while not (waiting() or done.wait(0.02)):
            pass
        assert done.is_set() is not waits
    thread.join(timeout=20)
    assert done.is_set()
