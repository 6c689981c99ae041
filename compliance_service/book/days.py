"""Which days a question is about: days of UTC-4, both included."""

from datetime import date, timedelta
from typing import Any, ClassVar

from rest_framework import serializers

from compliance_service.book.queries import count_duties
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from shared import clock
from shared.clock import REGULATOR_TIME
from shared.errors import invalid
from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictQuery

# Of each of which a row is shown, or an answer of a provider is asked for.
MOST_DUTIES = 3_000


class Days(StrictQuery):
    """Without them, everything until now."""

    to = serializers.DateField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField(required=False, default=None)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] and attrs["to"] and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": f"es anterior a «from»{RIGHT}el mismo día o uno posterior"})
        return attrs


class ClosedDays(Days):
    """Both are said, all are over, and they are no more than `longest`."""

    longest: ClassVar[timedelta] = timedelta(days=31)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("from", "to"):
            if attrs[name] is None:
                raise serializers.ValidationError({name: f"falta{RIGHT}un día como 2025-12-31"})
        if attrs["to"] - attrs["from"] >= self.longest:
            raise serializers.ValidationError(
                {"to": f"es un período demasiado largo{RIGHT}a lo más {self.longest.days} días"}
            )
        yesterday = clock.now().astimezone(REGULATOR_TIME).date() - timedelta(days=1)
        if attrs["to"] > yesterday:
            raise serializers.ValidationError({"to": f"no ha terminado{RIGHT}a lo más {yesterday.isoformat()}"})
        return super().validate(attrs)


def must_be_few(config: ComplianceConfig, first: date, last: date) -> None:
    count = count_duties(config.id, period=Period.of_days(first, last, now=clock.now()))
    if count > MOST_DUTIES:
        raise invalid(
            "to", f"abarca {count} deberes", received=count, expected=f"un período con a lo más {MOST_DUTIES} deberes"
        )
