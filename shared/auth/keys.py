"""Key pairs of the services: a private key for the one that signs, a public set for those that verify.

`python -m shared.auth.keys make DIR NAME...` writes `DIR/NAME.key` and `DIR/jwks/NAME.json` where they are missing.
A public set may hold several keys, so that a new one can be spread before it signs.
"""

import argparse
import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def make_key(folder: Path, name: str) -> Path:
    """A new key pair for `name`, unless it has one. The private file is readable by its owner alone."""
    private_file = folder / f"{name}.key"
    if not private_file.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write_private(private_file, pem)
    public_file = folder / "jwks" / f"{name}.json"
    public_file.parent.mkdir(exist_ok=True)
    if not public_file.exists():
        public_file.write_text(json.dumps(jwks_of(read_private(private_file).public_key()), indent=2))
    return private_file


def read_private(file: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(
            f"{file} does not hold an Ed25519 private key: make one with `python -m shared.auth.keys make`"
        )
    return key


def jwks_of(key: Ed25519PublicKey) -> dict[str, Any]:
    """The JSON Web Key Set of one public key (RFC 8037)."""
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key_id(key), "x": _x(key)}]}


def key_id(key: Ed25519PublicKey) -> str:
    """The key's thumbprint (RFC 7638)."""
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": _x(key)}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode().rstrip("=")


def _x(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _write_private(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.auth.keys")
    make = parser.add_subparsers(dest="command", required=True).add_parser("make")
    make.add_argument("folder", type=Path)
    make.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    for name in arguments.names:
        make_key(arguments.folder, name)


if __name__ == "__main__":
    main()
