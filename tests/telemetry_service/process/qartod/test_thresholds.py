from typing import Any

import pytest

from telemetry_service.process.qartod.defaults import DEFAULTS, kind_of, standing
from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import TESTS, Thresholds, Unusable, read_thresholds
from telemetry_service.process.setup import setup_of


def read(said: Any, variable: str = "temperature") -> Thresholds:
    return read_thresholds(said, standing=standing(variable), kind=kind_of(variable))


def test_what_is_not_said_stands_and_a_named_test_is_on() -> None:
    assert read({}) == standing("temperature")
    assert read({"spike": {}}) == Thresholds(standing("temperature").gross_range, kind_of("temperature").spike)


def test_a_member_that_is_said_takes_the_place_of_the_kinds() -> None:
    assert read({"spike": {"suspect": 0.2, "fail": None}}).spike == Spike(0.2, None)
    assert read({"gross_range": {"suspect": [0, 30]}}).gross_range == GrossRange((-10.0, 100.0), (0.0, 30.0))
    assert read({"flat_line": {"suspect_s": 3600, "idle": -1}}, "custom").flat_line == FlatLine(3600.0, idle=-1.0)


@pytest.mark.parametrize("off", [None, False])
def test_null_and_false_are_off(off: bool | None) -> None:
    assert read({"gross_range": off}) == Thresholds()


@pytest.mark.parametrize(
    ("said", "path", "problem"),
    [
        ([], (), "no es un objeto"),
        ({"spikes": {}}, ("spikes",), "prueba desconocida"),
        ({"spike": 3}, ("spike",), "no es un objeto"),
        ({"spike": {"supsect": 3}}, ("spike", "supsect"), "nombre desconocido"),
        ({"spike": {"suspect": "3"}}, ("spike", "suspect"), "no es un número"),
        ({"spike": {"suspect": True}}, ("spike", "suspect"), "no es un número"),
        ({"spike": {"suspect": None}}, ("spike", "suspect"), "no es un número"),
        ({"spike": {"suspect": float("nan")}}, ("spike", "suspect"), "no es un número"),
        ({"spike": {"suspect": -1}}, ("spike", "suspect"), "no es un valor posible"),
        ({"spike": {"suspect": 9, "fail": 8}}, ("spike", "fail"), "es menor que «suspect»"),
        ({"spike": {"readings": 0}}, ("spike", "readings"), "no es un valor posible"),
        ({"spike": {"readings": 2.5}}, ("spike", "readings"), "no es un valor posible"),
        ({"spike": {"within_s": 32 * 86_400}}, ("spike", "within_s"), "no es un valor posible"),
        ({"flat_line": {"suspect_s": 0}}, ("flat_line", "suspect_s"), "no es un valor posible"),
        ({"gap": {}}, ("gap", "suspect_s"), "falta"),
        ({"gross_range": {"fail": [1]}}, ("gross_range", "fail"), "no es un par de límites"),
        ({"gross_range": {"fail": [9, 1]}}, ("gross_range", "fail"), "no es un par de límites"),
        ({"gross_range": {"suspect": [-11, 5]}}, ("gross_range", "suspect"), "sale de «fail»"),
    ],
)
def test_what_cannot_be_used_is_named(said: Any, path: Any, problem: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(said)
    assert (caught.value.path, caught.value.problem) == (path, problem)
    assert caught.value.expected


def test_the_defaults_pass_their_own_checks() -> None:
    for variable, thresholds in DEFAULTS.items():
        on = {name: {} for name in TESTS if getattr(thresholds, name) is not None}
        assert read(on, variable) == thresholds


def test_a_configuration_has_them_by_variable_and_what_nobody_can_use_counts_as_not_said() -> None:
    said = {"ph": {"spike": {}}, "level": {"spike": {"suspect": "mucho"}}}
    setup = setup_of(version=1, valid_from=None, config={"quality": said})
    assert setup.thresholds_of("ph").spike == kind_of("ph").spike
    assert setup.thresholds_of("level") == standing("level")
    assert setup_of(version=1, valid_from=None, config={"quality": 7}).thresholds == {}
