"""Query options and addresses: what is read, what is refused, what is not offered."""

import pytest

from shared.errors import InvalidInput, NotFound
from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.options import Order, read_options
from telemetry_service.sensorthings.language.paths import Address, read_path


def test_all_of_them() -> None:
    said = {"$top": "5", "$skip": "10", "$orderby": "name desc, id", "$select": "name,id", "$count": "true"}
    options = read_options(said)
    assert (options.top, options.skip, options.count) == (5, 10, True)
    assert options.order == (Order("name", True), Order("id", False))
    assert options.select == ("name", "id")


def test_what_is_expanded_has_options_of_its_own() -> None:
    text = "Thing,Observations($top=1;$orderby=phenomenonTime desc;$filter=resultQuality eq 'a,b;(c')"
    options = read_options({"$expand": text})
    assert list(options.expand) == ["Thing", "Observations"]
    assert (options.expand["Observations"].top, options.expand["Thing"].top) == (1, None)


@pytest.mark.parametrize(
    "said",
    [
        {"$top": "-1"},
        {"$top": "1.5"},
        {"$top": "10001"},
        {"$top": "9" * 5000},
        {"$top": "٣"},
        {"$skip": "x"},
        {"$count": "yes"},
        {"$orderby": "name up"},
        {"$orderby": ""},
        {"$select": "name,,id"},
        {"$expand": "Thing("},
        {"$filters": "a eq 1"},
        {"top": "1"},
    ],
)
def test_what_cannot_be_read_names_its_option(said: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as error:
        read_options(said)
    assert error.value.errors[0].field == next(iter(said))
    assert error.value.errors[0].expected


@pytest.mark.parametrize(
    "said",
    [
        {"$resultFormat": "dataArray"},
        {"$search": "x"},
        {"$expand": "Datastreams/Observations"},
        {"$expand": "Datastreams($expand=Observations)"},
    ],
)
def test_what_is_not_offered_is_said_so(said: dict[str, str]) -> None:
    with pytest.raises(NotSupported):
        read_options(said)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("Things", Address("Things")),
        ("Things/", Address("Things")),
        ("Things('a-b')", Address("Things", "a-b")),
        ("Things(a-b)", Address("Things", "a-b")),
        ("Datastreams('a:flow')/Observations", Address("Datastreams", "a:flow", "Observations")),
        ("ObservedProperties('O''H')", Address("ObservedProperties", "O'H")),
    ],
)
def test_an_address(path: str, address: Address) -> None:
    assert read_path(path) == address


@pytest.mark.parametrize("path", ["Wells", "Things('a", "Things()", "things", "Things('a')/Sensors", ""])
def test_what_is_nowhere(path: str) -> None:
    with pytest.raises(NotFound):
        read_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "HistoricalLocations",
        "FeaturesOfInterest",
        "Things('a')/HistoricalLocations",
        "Things('a')/Datastreams('b')",
        "Things('a')/Datastreams/$ref",
        "Things/Datastreams",
        "Things('a')/$ref",
    ],
)
def test_what_is_elsewhere(path: str) -> None:
    with pytest.raises(NotSupported):
        read_path(path)
