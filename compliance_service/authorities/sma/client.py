"""The log-in at SMA; records are posted as anybody's (authorities/wire.py)."""

from compliance_service.authorities.interface import Credential
from compliance_service.authorities.sma.document import log_in_body
from compliance_service.authorities.wire import Exchange, post

JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def log_in(credential: Credential, *, allow: list[str]) -> Exchange:
    body = log_in_body(credential.user, credential.password)
    return post(credential.url, body=body, headers=JSON, timeout_s=credential.timeout_s, allow=allow)
