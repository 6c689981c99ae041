"""Makes and signs the certificate of a work. The key is the service's own, the one that signs the ledger's roots."""

import base64
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from compliance_service.book import queries
from compliance_service.book.document import Explanation, Facts, certificate
from compliance_service.ledger.canonical import signed
from compliance_service.ledger.queries import work_heads
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period, Sum, total
from shared.auth.keys import key_id, read_private
from shared.auth.tokens import public_jwks
from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class Certificate:
    """`body`: what is signed; `file`: it, with the key's thumbprint and the signature."""

    body: bytes
    file: bytes
    facts: Facts


def certify(config: ComplianceConfig, *, first: date, last: date, now: datetime) -> Certificate:
    """Of the days `first` to `last` in UTC-4, both included. Conflict where the sums do not close, which is a fault."""
    facts = _facts(config, first, last, now)
    body = certificate(facts)
    return Certificate(body, signed_file(body), facts)


def signed_file(body: bytes) -> bytes:
    """`body` (canonical JSON) with the signature and the thumbprint of the key, as `verify-certificate` reads it."""
    key = read_private(Path(settings.SIGNING_KEY_FILE))
    signature = base64.urlsafe_b64encode(key.sign(body)).decode().rstrip("=")
    return signed(body, key_id(key.public_key()), signature) + b"\n"


def _facts(config: ComplianceConfig, first: date, last: date, now: datetime) -> Facts:
    period = Period.of_days(first, last, now=now)
    (found,) = queries.book([config], period=period, now=now)
    whole = total(found.months)
    count, digest = queries.receipts_digest(config.id, period=period)
    explained = queries.explained(config.id, period=period)
    unmet = queries.unmet(config.id, period=period)
    _must_close(whole, count, len(explained), len(unmet))
    head = work_heads([f"{config.source_id}/{config.work_code}"])
    link = next(iter(head.values()), None)
    return Facts(
        source=config.source_id,
        work_code=config.work_code,
        point=str(config.point_id),
        first=first,
        last=last,
        sums=whole,
        receipts_sha256=digest,
        explained=[
            Explanation(one.slot_at, one.cause, one.note, one.evidence, one.explained_by, one.closed_at)
            for one in explained
        ],
        open_slots=[one.slot_at for one in unmet if one.deadline_at >= now],
        overdue_slots=[one.slot_at for one in unmet if one.deadline_at < now],
        head=(link.seq, link.digest.hex()) if link else (0, ""),
        keys={key["kid"]: key["x"] for key in public_jwks()["keys"]},
        issued_at=now,
    )


def _must_close(whole: Sum, receipts: int, explained: int, unmet: int) -> None:
    """The sums, counted anew row by row: what is signed is not a total that somebody kept."""
    counted = (receipts, explained, unmet)
    if not whole.closes or counted != (whole.receipts, whole.explained, whole.open + whole.overdue):
        raise Conflict("Las sumas no cierran con las filas: pida la comprobación del libro antes de certificar.")
