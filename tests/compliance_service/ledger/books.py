"""Books of invented entries, made of the format's own functions, and the verifier as a module."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance_service.ledger.canonical import (
    Link,
    Subject,
    digest_of,
    encode,
    entry_body,
    line,
    root_body,
    signed,
)
from shared.auth.keys import jwks_of, key_id

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "verify-ledger"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FIRST_DAY = date(2024, 5, 13)
WORKS = ("DGA/OB-0601-101", "DGA/OB-0601-102")


def load_verifier() -> Any:
    loader = SourceFileLoader("verify_ledger", str(SCRIPT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


verifier = load_verifier()


@dataclass
class Made:
    """A chain as the service would keep it: the digest and bytes of each entry."""

    bodies: list[bytes] = field(default_factory=list)
    works: dict[str, list[int]] = field(default_factory=dict)  # indexes in `bodies`

    def add(self, work: str, fact: dict[str, Any]) -> None:
        mine = self.works.setdefault(work, [])
        after = Link(len(self.bodies), digest_of(self.bodies[-1])) if self.bodies else Link()
        before = Link(len(mine), digest_of(self.bodies[mine[-1]])) if mine else Link()
        sealed_at = (datetime(2024, 5, 13, 12, tzinfo=UTC) + timedelta(hours=len(self.bodies))).isoformat()
        body = entry_body(Subject(work), [fact], after=after, work_after=before, sealed_at=sealed_at)
        mine.append(len(self.bodies))
        self.bodies.append(body)

    def chain(self, work: str) -> list[bytes]:
        return [self.bodies[index] for index in self.works.get(work, [])] if work else self.bodies


def make(entries: int) -> Made:
    made = Made()
    for number in range(entries):
        made.add(WORKS[number % 3 == 2], {"kind": "move", "old": "PENDING", "new": "SENT", "reason": f"n{number}"})
    return made


def book(made: Made, *, works: Sequence[str] = ("",), a_day: int = 4, key: Ed25519PrivateKey = KEY) -> list[bytes]:
    """The lines of a file; a root after every `a_day` entries of a chain."""
    return [
        text for place, work in enumerate(works, start=1) for text in _part(made, work, place, len(works), a_day, key)
    ]


def _part(made: Made, work: str, place: int, of: int, a_day: int, key: Ed25519PrivateKey) -> Iterator[bytes]:
    bodies, keys = made.chain(work), {known["kid"]: known["x"] for known in jwks_of(key.public_key())["keys"]}
    frame = {"chain": place, "of": of, "work": work, "first": 1, "previous": bytes(32).hex(), "keys": keys}
    yield line("start", encode({"format": "stack-vps-ledger/1", **frame}))
    roots = 0
    for number, body in enumerate(bodies, start=1):
        yield line("entry", body)
        if number % a_day == 0:
            day = FIRST_DAY + timedelta(days=roots)
            yield root(work, day, number - a_day + 1, Link(number, digest_of(body)), key)
            roots += 1
    head = digest_of(bodies[-1]) if bodies else bytes(32)
    end = {"chain": place, "work": work, "last": len(bodies), "count": len(bodies), "roots": roots, "head": head.hex()}
    yield line("end", encode(end))


def root(work: str, day: date, first: int, head: Link, key: Ed25519PrivateKey = KEY) -> bytes:
    body = root_body(work=work, day=day, first=first, head=head, made_at=datetime(2024, 6, 1, tzinfo=UTC))
    signature = base64.urlsafe_b64encode(key.sign(body)).decode().rstrip("=")
    return line("root", signed(body, key_id(key.public_key()), signature))


def findings(content: bytes, *, root: str = "") -> list[Any]:
    given = [verifier.Given(None, 0, root)] if root else []
    return list(verifier.Book(BytesIO(content), {}, given).found)


def body_of(text: bytes) -> bytes:
    return text[text.index(b":", 75) + 1 : -2]


def rewritten(text: bytes, **changes: Any) -> bytes:
    """The line with changed content and the digest that fits it: what a forger who knows the format would write."""
    said = json.loads(body_of(text))
    return line(kind_of(text), encode(said | changes))


def kind_of(text: bytes) -> str:
    return text[76:].split(b'"')[0].decode()
