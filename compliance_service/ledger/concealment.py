"""What stands for a secret where it must not be kept: a digest under the ledger's key.

The same secret of the same owner always has the same mark, so that the holder can show which password went out, and
that two requests had the same, without showing it. Without the key nobody can try passwords against a mark.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

from compliance_service.ledger.models import LedgerKey

# (what of whom, the secret) to its mark.
Conceal = Callable[[str, bytes], str]


def mark(key_id: int, key: bytes, what: str, secret: bytes) -> str:
    """`hmac-sha256:<key id>:<hex>` over `what` in UTF-8, a zero byte and the secret."""
    digest = hmac.new(key, what.encode() + b"\0" + secret, hashlib.sha256)
    return f"hmac-sha256:{key_id}:{digest.hexdigest()}"


def concealer(now: datetime) -> Conceal:
    """Marks under the newest key; the first call makes one."""
    row = _newest()
    if row is None:
        first = LedgerKey(id=1, key=secrets.token_hex(32), made_at=now)
        LedgerKey.objects.bulk_create([first], ignore_conflicts=True)  # of two processes, one makes it
        row = _newest() or first
    key_id, key = row.id, bytes.fromhex(row.key)
    return lambda what, secret: mark(key_id, key, what, secret)


def _newest() -> LedgerKey | None:
    return LedgerKey.objects.order_by("-id").first()
