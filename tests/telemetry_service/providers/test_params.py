"""What a source says of itself, held against what its provider uses."""

from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.params import split_params, wrong_params

DEVICE, ENTITY, TOKEN = Param("device", False, True), Param("entity", False, False), Param("token", True, True)


def test_what_is_missing_and_what_nobody_uses() -> None:
    errors = wrong_params([DEVICE, ENTITY, TOKEN], {"device": "7", "pin": "1234"})
    assert [(one.field, one.problem, one.received) for one in errors] == [
        ("params.token", "falta", None),
        ("params.pin", "el proveedor no lo usa", "***"),
    ]
    assert errors[0].expected == "device, entity (opcional), token"


def test_an_empty_text_says_nothing() -> None:
    assert [one.field for one in wrong_params([DEVICE], {"device": ""})] == ["params.device"]


def test_a_change_need_not_say_all() -> None:
    assert wrong_params([DEVICE, TOKEN], {"token": "x"}, field="variables.0.params", required=False) == []
    (error,) = wrong_params([DEVICE], {"pin": "1"}, field="variables.0.params", required=False)
    assert error.field == "variables.0.params.pin"


def test_a_provider_that_asks_for_nothing() -> None:
    assert wrong_params([], {}) == []
    assert wrong_params([], {"x": "1"})[0].expected == "ninguno"


def test_secrets_are_kept_apart() -> None:
    assert split_params([DEVICE, TOKEN], {"device": "7", "token": "x"}) == ({"device": "7"}, {"token": "x"})
    assert split_params([DEVICE], {"device": "7"}) == ({"device": "7"}, {})
