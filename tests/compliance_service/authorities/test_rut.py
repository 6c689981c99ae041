import pytest

from compliance_service.authorities.dga.rut import normalise

RIGHT = ["1-9", "123-6", "1000005-K", "10000013-K", "10000004-0", "11111111-1", "12345678-5", "76000000-0"]


@pytest.mark.parametrize("rut", RIGHT)
def test_the_known_vectors_are_right(rut: str) -> None:
    assert normalise(rut) == rut


@pytest.mark.parametrize("typed", ["12.345.678-5", " 12345678-5 ", "123456785", "012345678-5"])
def test_what_people_type_becomes_what_the_api_wants(typed: str) -> None:
    if typed.startswith("0"):
        with pytest.raises(ValueError, match="forma"):  # nine digits are no RUT
            normalise(typed)
    else:
        assert normalise(typed) == "12345678-5"


def test_a_small_k_is_a_k() -> None:
    assert normalise("10000013-k") == "10000013-K"


@pytest.mark.parametrize("wrong", ["12345678-4", "77555666-7", "20999888-7"])
def test_a_wrong_check_digit_says_the_right_one(wrong: str) -> None:
    with pytest.raises(ValueError, match="debería ser"):
        normalise(wrong)


@pytest.mark.parametrize("nonsense", ["", "-", "abc", "1234567890-1", "12345678-X", "0-0"])
def test_nonsense_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match=r"forma|dígito"):
        normalise(nonsense)
