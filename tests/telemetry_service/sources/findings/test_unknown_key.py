from telemetry_service.sources.findings.unknown_key import unknown_key
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said

VARIABLES = {"caudal": "flow", "nivle": "level"}
OFFERED = dict.fromkeys(VARIABLES, frozenset({"caudal", "nivel"}))


def test_a_key_that_the_device_has_not_got_is_named_with_those_it_has() -> None:
    (found,) = unknown_key(evidence(VARIABLES, readings("caudal", [1]), offered=OFFERED))
    assert said([found]) == [("unknown_key", "blocking", "variables.1.key")]
    assert found.expected == "una de: caudal, nivel"


def test_where_nobody_lists_keys_nothing_is_said() -> None:
    assert list(unknown_key(evidence(VARIABLES, readings("caudal", [1])))) == []


def test_a_key_that_speaks_is_known_whatever_the_list_says() -> None:
    assert list(unknown_key(evidence({"nivle": "level"}, readings("nivle", [1]), offered=OFFERED))) == []


def test_capitals_make_no_other_key() -> None:
    assert list(unknown_key(evidence({"Caudal": "flow"}, offered={"Caudal": frozenset({"caudal"})}))) == []


def test_a_long_list_is_cut() -> None:
    many = {"otra": frozenset(f"clave{n:03}" for n in range(60))}
    (found,) = unknown_key(evidence({"otra": "flow"}, offered=many))
    assert found.expected.endswith("clave039 y 20 más")


def test_a_device_that_never_sent_says_so() -> None:
    (found,) = unknown_key(evidence({"otra": "flow"}, offered={"otra": frozenset()}))
    assert "enviado algo" in found.expected
