"""The end of each day in UTC-4, signed: whoever holds a root can show that nothing before it was changed since."""

import base64
from datetime import date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from compliance_service.ledger import queries
from compliance_service.ledger.canonical import Link, root_body
from compliance_service.ledger.models import LedgerRoot
from compliance_service.ledger.operations import hold_chain
from shared.auth.keys import key_id, read_private
from shared.clock import REGULATOR_TIME

# A clock may jump by years; what is left is made at the next look.
MOST_DAYS = 400


def make_roots(now: datetime) -> int:
    """The roots of every day that is over and has none; says how many. A day without entries has one too.

    One for the chain of all, and one for each work that had an entry on that day.
    """
    today = now.astimezone(REGULATOR_TIME).date()
    signing_key = read_private(Path(settings.SIGNING_KEY_FILE))
    made = 0
    for _ in range(MOST_DAYS):
        with transaction.atomic():
            hold_chain()
            day = queries.next_root_day()
            if day is None or day >= today:
                break
            made += _close(day, signing_key, now)
    return made


def _close(day: date, signing_key: Ed25519PrivateKey, now: datetime) -> int:
    everything = queries.slice_of("", start=day, end=day)
    slices = [
        (everything, queries.link("", everything.last)),
        *queries.works_between(everything.first, everything.last),
    ]
    roots = [_root(day, part, head, signing_key, now) for part, head in slices]
    LedgerRoot.objects.bulk_create(roots)
    return len(roots)


def _root(day: date, part: queries.Slice, head: Link, signing_key: Ed25519PrivateKey, now: datetime) -> LedgerRoot:
    body = root_body(work=part.work, day=day, first=part.first, head=head, made_at=now)
    return LedgerRoot(
        work=part.work,
        day=day,
        first=part.first,
        last=head.seq,
        head=head.digest,
        body=body,
        key=key_id(signing_key.public_key()),
        signature=signing_key.sign(body),
    )


def signature_text(root: LedgerRoot) -> str:
    return base64.urlsafe_b64encode(bytes(root.signature)).decode().rstrip("=")
