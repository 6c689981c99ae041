"""What a dry run shows of an exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.providers.engine.trace import LONGEST_BODY, shown_body


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"token": "abc", "value": 3}', '{"token": "***", "value": 3}'),
        ('{"refreshToken":"abc"}', '{"refreshToken":"***"}'),
        ('{"a": {"api_key" : "a\\"b"}}', '{"a": {"api_key" : "***"}}'),
        ('{"password": "cut in the mid', '{"password": "***"'),
        ('{"variable": "caudal", "value": "token"}', '{"variable": "caudal", "value": "token"}'),
        ("<html>token</html>", "<html>token</html>"),
        ("", ""),
    ],
)
def test_what_is_called_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert shown_body(text) == (shown, False)


def test_what_is_long_is_cut_and_says_so() -> None:
    assert shown_body("x" * LONGEST_BODY) == ("x" * LONGEST_BODY, False)
    assert shown_body("x" * (LONGEST_BODY + 1)) == ("x" * LONGEST_BODY, True)


@given(st.text(alphabet='"\\:{} ab', max_size=200))
def test_any_text_is_shown(text: str) -> None:
    shown, is_cut = shown_body(text)
    assert (shown, is_cut) == (text, False)
