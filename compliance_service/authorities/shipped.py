"""The rows that this release brings for its authorities."""

from collections.abc import Mapping, Sequence
from typing import Any

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.dga import defaults as dga
from compliance_service.authorities.sma import defaults as sma

SHIPPED: Mapping[str, dict[str, Any]] = {dga.CODE: dga.ROW, sma.CODE: sma.ROW}
# (pattern, meaning, note) of the refusals that are known word for word, in the order in which they are asked.
ANSWERS: Mapping[str, Sequence[tuple[str, Meaning, str]]] = {dga.CODE: dga.ANSWERS}
