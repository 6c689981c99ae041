"""Where an authority answers: its row says, unless this installation rehearses against something else."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

UNSET = "http://unset.invalid"


def base_url(code: str, rules: Mapping[str, Any]) -> str:
    """`<CODE>_BASE_URL` of the settings stands in for the row's address."""
    chosen: str = getattr(settings, f"{code}_BASE_URL", UNSET)
    return str(rules["base_url"]) if chosen == UNSET else chosen
