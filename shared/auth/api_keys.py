"""The text of a device's API key, and the fast keyed hash by which it is known again.

`stk_<prefix>_<secret>`: the prefix is public and finds the row, the secret holds 256 random bits. A slow hash would
protect a secret that somebody could guess; nobody guesses this one, and each push would pay for it.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

MARK = "stk_"
SECRET_BYTES = HASH_KEY_BYTES = DIGEST_BYTES = 32
PREFIX_LENGTH = 12
_FORM = re.compile(r"stk_([a-z2-7]{12})_([A-Za-z0-9_-]{43})")
_ANYWHERE = re.compile(r"stk_([a-z2-7]{12})_[A-Za-z0-9_-]+")
_PERSON = b"stack-api-key"  # BLAKE2's own: the same secret hashed for anything else gives something else


@dataclass(frozen=True, slots=True)
class NewSecret:
    """`text` is for the device, once; the rest is what is kept."""

    text: str = field(repr=False)
    prefix: str
    hash_key: str = field(repr=False)  # hexadecimal, as the digest
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """The two parts of a key that somebody brought."""

    prefix: str
    secret: str = field(repr=False)


def hide_keys(text: str) -> str:
    """A key that somebody put where none belongs is told back by its public beginning alone."""
    return _ANYWHERE.sub(r"stk_\1_***", text) if MARK in text else text


def make_secret() -> NewSecret:
    prefix = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:PREFIX_LENGTH]
    secret = secrets.token_urlsafe(SECRET_BYTES)
    hash_key = secrets.token_hex(HASH_KEY_BYTES)
    return NewSecret(f"{MARK}{prefix}_{secret}", prefix, hash_key, digest_of(secret, hash_key))


def read_key(text: str) -> Presented | None:
    """None where it is no key: cut short by a paste, or something else."""
    found = _FORM.fullmatch(text)
    return Presented(found[1], found[2]) if found else None


def digest_of(secret: str, hash_key: str) -> str:
    """BLAKE2b of 32 bytes under the secret's own key of 32 bytes, both in hexadecimal; about a microsecond."""
    key = bytes.fromhex(hash_key)
    return hashlib.blake2b(secret.encode(), digest_size=DIGEST_BYTES, key=key, person=_PERSON).hexdigest()


def is_secret(secret: str, *, hash_key: str, digest: str) -> bool:
    """Compared in a time that says nothing of how much was right."""
    return compare_digest(digest_of(secret, hash_key), digest)
