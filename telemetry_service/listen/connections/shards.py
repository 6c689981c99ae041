"""Which listener hears which account, where there are several."""

import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

SAID = re.compile(r"(\d{1,4})/(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Shard:
    """`number` of `count`, from 1."""

    number: int = 1
    count: int = 1

    def has(self, provider_id: UUID) -> bool:
        """By the account's weight on each shard: one shard more moves only its own share of the accounts."""
        return max(range(1, self.count + 1), key=lambda number: _weight(provider_id, number)) == self.number

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def read_shard(text: str) -> Shard:
    """ValueError where the text is no `I/N`."""
    found = SAID.fullmatch(text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError(f"«{text}» no es I/N, con I de 1 a N: 1/3")
    return Shard(int(found[1]), int(found[2]))


def _weight(provider_id: UUID, number: int) -> bytes:
    return hashlib.blake2b(provider_id.bytes + number.to_bytes(2), digest_size=8).digest()
