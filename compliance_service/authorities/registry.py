"""The authorities that this system can report to, by their code."""

from collections.abc import Mapping

from compliance_service.authorities.dga.authority import Dga
from compliance_service.authorities.interface import Authority
from compliance_service.authorities.sma.authority import Sma

AUTHORITIES: Mapping[str, Authority] = {authority.code: authority for authority in (Dga(), Sma())}


def authority_of(code: str) -> Authority:
    """KeyError for a source that this release does not speak to."""
    return AUTHORITIES[code]
