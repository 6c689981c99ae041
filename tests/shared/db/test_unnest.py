import pytest
from django.db import connection

from shared.db.unnest import by_column, listed

ROWS = [(1, "a", None), (2, "b", 2.5)]
UNNEST = "SELECT * FROM unnest(%s::int[], %s::text[], %s::float8[])"


@pytest.mark.django_db
def test_columns_are_the_same_rows_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNNEST, by_column(ROWS))
        assert cursor.fetchall() == ROWS
        cursor.execute(UNNEST, by_column(iter(ROWS)))
        assert cursor.fetchall() == ROWS


def test_rows_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        by_column([(1, 2), (3,)])


@pytest.mark.django_db
def test_a_listed_array_is_an_array() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int[], %s::text[], %s::int[]", [listed([1, "NULL", 3]), listed("ab"), listed([])])
        assert cursor.fetchone() == ([1, None, 3], ["a", "b"], [])
