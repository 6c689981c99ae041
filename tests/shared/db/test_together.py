import pytest
from django.db import IntegrityError, connection, transaction

from shared.db.together import Together

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(db: None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said (n int PRIMARY KEY, text text) ON COMMIT DROP")
    return "said"


def rows() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, text FROM said ORDER BY n")
        found: list[tuple[int, str]] = cursor.fetchall()
        return found


def test_all_is_sent_in_one_trip_and_nothing_before(table: str) -> None:
    together, trips = Together(), []
    together.execute("INSERT INTO said VALUES (%s, %s)", [1, "100 % 'said'; DROP TABLE said"])
    together.execute("INSERT INTO said VALUES (2, 'two')")
    assert rows() == []
    note = connection.execute_wrapper(lambda execute, *said: (trips.append(said), execute(*said))[1])
    with note, connection.cursor() as cursor:
        together.send(cursor)
    assert len(trips) == 1
    assert rows() == [(1, "100 % 'said'; DROP TABLE said"), (2, "two")]


def test_what_was_sent_is_not_sent_again(table: str) -> None:
    together = Together()
    together.execute("INSERT INTO said VALUES (1, 'one')")
    with connection.cursor() as cursor:
        together.send(cursor)
        together.send(cursor)
    assert len(rows()) == 1


def test_what_fails_fails_whole(table: str) -> None:
    together = Together()
    together.execute("INSERT INTO said VALUES (1, 'one')")
    together.execute("INSERT INTO said VALUES (1, 'again')")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        together.send(cursor)
    assert rows() == []
