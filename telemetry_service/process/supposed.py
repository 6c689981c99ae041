"""What may be supposed of a point's configuration: what Core would store.

Core is not asked: what is only supposed is stored nowhere. Both ask `shared/point_config`. Thresholds have to fit those
of their kind besides, which are Telemetry's: one that does not is passed over where it is stored, and named here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.checks import Problem
from shared.errors import FieldError, InvalidInput
from shared.point_config.whole import problems_of
from telemetry_service.process.qartod.defaults import kind_of, standing
from telemetry_service.process.qartod.thresholds import Unusable, read_thresholds


def check_supposed(config: Mapping[str, Any], *, field: str = "suppose.config") -> None:
    """Raises InvalidInput with everything that is wrong, by its path under `field`."""
    found = problems_of(config) or list(_thresholds(config.get("quality", {})))
    if found:
        errors = [FieldError(".".join((field, *one.path)), one.problem, one.received, one.expected) for one in found]
        raise InvalidInput("Esa configuración no se podría guardar.", errors=errors)


def _thresholds(quality: Mapping[str, Any]) -> Iterator[Problem]:
    for variable, said in quality.items():
        try:
            read_thresholds(said, standing=standing(variable), kind=kind_of(variable))
        except Unusable as error:
            yield Problem(("quality", variable, *error.path), error.problem, error.expected, error.received)
