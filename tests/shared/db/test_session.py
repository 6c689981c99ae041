"""How every connection of a service begins."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "value"), [("TimeZone", "UTC"), ("jit", "off"), ("statement_timeout", "1min")])
def test_what_a_session_is_set_to(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        assert cursor.fetchone() == (value,)
