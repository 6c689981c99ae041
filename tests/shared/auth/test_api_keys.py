"""The text of a key, and its hash."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.api_keys import digest_of, hide_keys, is_secret, make_secret, read_key


def test_what_is_made_is_read_again() -> None:
    new = make_secret()
    presented = read_key(new.text)
    assert presented is not None
    assert presented.prefix == new.prefix
    assert is_secret(presented.secret, hash_key=new.hash_key, digest=new.digest)
    assert not is_secret(
        presented.secret[:-1] + "x!"[presented.secret[-1] == "x"], hash_key=new.hash_key, digest=new.digest
    )


def test_a_secret_holds_256_bits_and_no_two_are_alike() -> None:
    made = [make_secret() for _ in range(200)]
    assert all(len(new.text.split("_", 2)[2]) == 43 for new in made)  # 43 characters of 6 bits hold 256
    for part in ("text", "prefix", "hash_key", "digest"):
        assert len({getattr(new, part) for new in made}) == len(made)


def test_nothing_of_a_secret_is_shown_by_accident() -> None:
    new = make_secret()
    presented = read_key(new.text)
    assert presented is not None
    shown = repr(new) + repr(presented)
    assert new.prefix in shown
    assert not any(secret in shown for secret in (presented.secret, new.hash_key, new.digest))


def test_the_hash_is_blake2_under_a_key_of_its_own() -> None:
    """Written out once more: a stored digest must be understood for as long as the key lives."""
    hash_key = "ab" * 32
    expected = hashlib.blake2b(b"secreto", digest_size=32, key=b"\xab" * 32, person=b"stack-api-key").hexdigest()
    assert digest_of("secreto", hash_key) == expected
    assert digest_of("secreto", "ac" * 32) != expected


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "a",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.upper(),
        lambda text: text.replace("stk_", "sk_"),
        lambda text: text.replace(text[4], "1", 1),
        lambda text: text[:20],
        lambda text: "",
    ],
)  # fmt: skip
def test_what_was_cut_or_changed_is_no_key(change: object) -> None:
    assert callable(change)
    assert read_key(change(make_secret().text)) is None


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read_key(text) is None


def test_a_key_where_none_belongs_is_hidden_but_for_its_beginning() -> None:
    new = make_secret()
    said = hide_keys(f"No hay nada en /api/{new.text}/, ni en {new.text[:40]}.")
    assert said == f"No hay nada en /api/stk_{new.prefix}_***/, ni en stk_{new.prefix}_***."
    assert hide_keys("stk_ no es una clave") == "stk_ no es una clave"
