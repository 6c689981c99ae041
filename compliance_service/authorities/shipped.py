"""The rows that this release brings for its authorities."""

from collections.abc import Mapping
from typing import Any

from compliance_service.authorities.dga import defaults as dga

SHIPPED: Mapping[str, dict[str, Any]] = {dga.CODE: dga.ROW}
