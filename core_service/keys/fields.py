"""What comes in about keys, and what each field may be."""

from typing import Any

from rest_framework import serializers

from core_service.keys.models import MOST_IN_SCOPE
from core_service.web.serializers import AwareDateTimeField, DescribedSerializer

MOST_OVERLAP_H = 24 * 90
USUAL_OVERLAP_H = 24 * 7


def ids(what: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=MOST_IN_SCOPE,
        help_text=f"una lista de hasta {MOST_IN_SCOPE} ids de {what}",
    )


class KeyFields(DescribedSerializer):
    """`expires_at` has no default: whoever makes a key that never ends says so."""

    name = serializers.CharField(max_length=200, help_text="un nombre de 1 a 200 caracteres que diga qué equipo es")
    sources = ids("fuentes")
    points = ids("puntos, para todas sus fuentes")
    expires_at = AwareDateTimeField(
        allow_null=True, help_text="un instante con zona como 2027-03-01T00:00:00-03:00, o null para «nunca»"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in {"sources", "points"} & attrs.keys():
            attrs[name] = sorted(set(attrs[name]))
        return attrs


class Rotation(DescribedSerializer):
    overlap_h = serializers.IntegerField(
        min_value=0,
        max_value=MOST_OVERLAP_H,
        default=USUAL_OVERLAP_H,
        help_text=f"las horas que vale aún el texto anterior, un entero de 0 a {MOST_OVERLAP_H}",
    )


class Revocation(DescribedSerializer):
    reason = serializers.CharField(max_length=500, allow_blank=True, default="", help_text="hasta 500 caracteres")


class Use(DescribedSerializer):
    key = serializers.UUIDField(help_text="el id de una clave")
    used_at = AwareDateTimeField(help_text="un instante con zona")


class Uses(DescribedSerializer):
    uses = serializers.ListField(child=Use(), max_length=1000, help_text="una lista de hasta 1000 usos")
