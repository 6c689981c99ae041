"""What a dry run shows of each exchange with a provider."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from shared.observability.redaction import MASK, SECRET_NAME

LONGEST_BODY = 20_000  # more than a person reads
JSON_TEXT = re.compile(r'"((?:[^"\\]|\\.){1,100})"(\s{0,5}:\s{0,5})"((?:[^"\\]|\\.)*)"?')


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange, its secrets masked. `status` None: no answer came, and `body` says why.

    What a login answers is a secret as a whole, so its body is left out.
    """

    request: str
    status: int | None
    took: timedelta
    body: str
    is_login: bool = False
    is_cut: bool = False


Trace = Callable[[Step], None]


def shown_body(text: str) -> tuple[str, bool]:
    """As much of it as is shown, what is called like a secret masked, and whether that is not all."""
    return JSON_TEXT.sub(_masked, text[:LONGEST_BODY]), len(text) > LONGEST_BODY


def _masked(found: re.Match[str]) -> str:
    return f'"{found[1]}"{found[2]}"{MASK}"' if SECRET_NAME.search(found[1]) else found[0]
