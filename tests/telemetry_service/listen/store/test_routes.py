import uuid

import pytest

from telemetry_service.listen.store.routes import Known, Leads, Nowhere, Target, addressed

A = Target(uuid.UUID(int=1), uuid.UUID(int=9), is_live=True, is_asked=False, keys=frozenset({"caudal", "nivel"}))
DRAFT = Target(uuid.UUID(int=2), uuid.UUID(int=9), is_live=False, is_asked=False, keys=frozenset({"caudal"}))


@pytest.mark.parametrize(
    ("routes", "key", "way"),
    [
        ({}, "caudal", Nowhere.UNKNOWN_KEY),
        ({"": Leads(A)}, "caudal", (A, "caudal")),
        ({"": Leads(A)}, "ph", Nowhere.UNKNOWN_KEY),
        ({"": Leads(None)}, "ph", Nowhere.UNWANTED),
        ({"": Leads(A), "q": Leads(A, "caudal")}, "q", (A, "caudal")),
        ({"": Leads(A), "caudal": Leads(None)}, "caudal", Nowhere.UNWANTED),
        ({"q": Leads(A, "caudal")}, "caudal", Nowhere.UNKNOWN_KEY),
        ({"": Leads(DRAFT)}, "caudal", Nowhere.NOT_LIVE),
        ({"": Leads(DRAFT)}, "ph", Nowhere.UNKNOWN_KEY),
    ],
)
def test_where_a_key_goes(routes: dict[str, Leads], key: str, way: object) -> None:
    assert Known(uuid.UUID(int=5), routes).way(key) == way


def test_a_message_for_one_source_needs_no_route() -> None:
    assert addressed(A).way("nivel") == (A, "nivel")
