"""Log-ins that are kept until they end: one log-in serves every work of the same credential, in every process."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from compliance_service.authorities.answers import Answer
from compliance_service.authorities.interface import Credential, Token
from compliance_service.authorities.models import AuthoritySession

# Longer than any log-in is waited for.
CLAIM = timedelta(minutes=1)
# A token is not used in its last minutes: it must outlive the request.
MARGIN = timedelta(minutes=5)
# A token that is refused so soon after its log-in is not simply over: another log-in would change nothing.
FRESH = timedelta(minutes=2)
FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Session:
    """`mark` names it in the table; empty where nobody logs in."""

    token: Token
    mark: str
    obtained_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        return now - self.obtained_at < FRESH


def mark_of(credential: Credential) -> str:
    """Who logs in where with which password; says none of them."""
    said = "\0".join((credential.url, credential.user, credential.password))
    return hmac.new(str(settings.SECRET_KEY).encode(), said.encode(), hashlib.sha256).hexdigest()


def kept_session(mark: str, *, now: datetime) -> Session | None:
    row = AuthoritySession.objects.filter(mark=mark, expires_at__gt=now + MARGIN).first()
    if row is None or row.obtained_at is None or row.expires_at is None:
        return None
    return Session(Token(row.token, row.expires_at), mark, row.obtained_at)


def claim_log_in(mark: str, *, now: datetime) -> bool:
    """Whether it is us who log in. False while another does."""
    AuthoritySession.objects.bulk_create([AuthoritySession(mark=mark)], ignore_conflicts=True)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return AuthoritySession.objects.filter(free, mark=mark).update(claimed_until=now + CLAIM) == 1


def end_log_in(mark: str, found: Token | Answer, *, now: datetime) -> Session | Answer:
    """Keeps the token, and lets the others have it."""
    row = AuthoritySession.objects.filter(mark=mark)
    if isinstance(found, Answer):
        row.update(claimed_until=None)
        return found
    kept = AuthoritySession(mark=mark, token=found.text, obtained_at=now, expires_at=found.expires_at)
    kept.save(force_update=True)  # claimed_until is None again
    return Session(found, mark, now)


def forget(session: Session) -> None:
    """The other side does not take it any more. A newer one that somebody got meanwhile stays."""
    row = AuthoritySession.objects.filter(mark=session.mark, obtained_at=session.obtained_at)
    row.update(token="", obtained_at=None, expires_at=None)


def tidy(now: datetime) -> int:
    """Deletes what ended long ago, of passwords that are used no more among them; says how many."""
    old = AuthoritySession.objects.filter(expires_at__lt=now - FORGOTTEN_AFTER)
    return old.delete()[0]
