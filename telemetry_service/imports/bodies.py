"""What comes in: every part of a mapping by its name, and what goes out of an import."""

from typing import Any

from rest_framework import serializers

from shared.errors import InvalidInput
from shared.web.field_errors import RIGHT, flatten
from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.imports.files.cells import CellProblem
from telemetry_service.imports.mapping.formats import SPECIAL, parser_of
from telemetry_service.imports.mapping.mapping import CHILE, Mapping, plain, unpack
from telemetry_service.imports.mapping.numbers import NumberForm, number_text
from telemetry_service.imports.mapping.units import fits, units_of
from telemetry_service.imports.mapping.zones import NAMED, zone_of
from telemetry_service.imports.models import Import, Kind, Move
from telemetry_service.imports.modes import Mode
from telemetry_service.measurements.fields import Instant, iso
from telemetry_service.raw.variables import COLLECTED

MOST_COLUMNS = 50
MOST_WRITTEN = 100
ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16")


def _name(**more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=200, **more)


def _optional(**more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=200, required=False, allow_blank=True, default="", **more)


def _variable() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[code.value for code in COLLECTED])


class _WithUnit(StrictSerializer):
    variable = _variable()
    unit = _optional()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        variable, unit = attrs["variable"], attrs.get("unit", "")
        if not fits(variable, unit):
            right = ", ".join(units_of(variable)) or "ninguna"
            raise serializers.ValidationError({"unit": f"no es una unidad de {variable}{RIGHT}una de: {right}"})
        return attrs


class ValueBody(_WithUnit):
    column = _name()


class MeaningBody(_WithUnit):
    name = _name()
    variable = serializers.ChoiceField(choices=["", *(code.value for code in COLLECTED)], allow_blank=True)


class TimeBody(StrictSerializer):
    column = _name()
    clock = _optional()
    formats = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=10, default=[]
    )
    zone = serializers.CharField(max_length=40, required=False, default=CHILE)

    def validate_formats(self, value: list[str]) -> list[str]:
        for form in value:
            try:
                parser_of(form)
            except ValueError as error:
                right = f"{', '.join(SPECIAL)}, o partes como %d-%m-%Y %H:%M"
                raise serializers.ValidationError(f"no se conoce el formato «{form}»{RIGHT}{right}") from error
        return value

    def validate_zone(self, value: str) -> str:
        try:
            zone_of(value)
        except ValueError as error:
            raise serializers.ValidationError(f"no se conoce{RIGHT}{', '.join(NAMED)} o UTC-4") from error
        return value


class PointBody(StrictSerializer):
    column = _optional()
    constant = _optional()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("column")) == bool(attrs.get("constant")):
            raise serializers.ValidationError(f"diga uno de los dos{RIGHT}«column» o «constant»")
        return attrs


class LongBody(StrictSerializer):
    variable = _name()
    value = _name()
    unit = _optional()
    names = MeaningBody(many=True, allow_empty=False)

    def validate_names(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        _once([plain(item["name"]) for item in value], "nombre")
        return value


class NumberBody(StrictSerializer):
    decimal = serializers.ChoiceField(choices=[".", ","], required=False, default=".")
    thousands = serializers.ChoiceField(choices=["", ".", ","], required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("decimal") == attrs.get("thousands"):
            raise serializers.ValidationError({"thousands": f"es también el decimal{RIGHT}otro signo, o ninguno"})
        return attrs


class FileBody(StrictSerializer):
    sheet = _optional(trim_whitespace=False)
    header_row = serializers.IntegerField(min_value=1, max_value=1000, required=False, default=1)
    delimiter = serializers.ChoiceField(choices=["", ";", ",", "\t", "|"], required=False, allow_blank=True, default="")
    encoding = serializers.ChoiceField(choices=["", *ENCODINGS], required=False, allow_blank=True, default="")


class MappingBody(StrictSerializer):
    time = TimeBody()
    point = PointBody()
    values = ValueBody(many=True, required=False)
    long = LongBody(required=False, allow_null=True)
    number = NumberBody(required=False)
    file = FileBody(required=False)

    def validate_values(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        if len(value) > MOST_COLUMNS:
            raise serializers.ValidationError(f"son demasiadas{RIGHT}a lo más {MOST_COLUMNS}")
        _once([item["variable"] for item in value], "variable")
        _once([item["column"] for item in value], "columna")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("values")) == bool(attrs.get("long")):
            right = "«values» (una columna por variable) o «long» (una fila por lectura)"
            raise serializers.ValidationError({"values": f"diga uno de los dos{RIGHT}{right}"})
        return attrs


def _once(said: list[str], what: str) -> None:
    twice = sorted({item for item in said if said.count(item) > 1})
    if twice:
        raise serializers.ValidationError(f"{what} repetida: {', '.join(twice)}{RIGHT}cada una una sola vez")


class CheckBody(StrictSerializer):
    mode = serializers.ChoiceField(choices=[mode.value for mode in Mode])
    mapping = serializers.JSONField(required=False)
    mapping_name = _optional()
    save_as = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("mapping") is None) == (not attrs.get("mapping_name")):
            raise serializers.ValidationError({"mapping": f"diga uno de los dos{RIGHT}«mapping» o «mapping_name»"})
        return attrs


class NoteBody(StrictSerializer):
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ImportsQuery(StrictQuery):
    kind = serializers.ChoiceField(choices=Kind.values, required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class PreviewQuery(StrictQuery):
    sheet = _optional(trim_whitespace=False)


class NumberText(serializers.Field[str, Any, str, Any]):
    """A number whose digits stay as they came: "32.50" is not 32.5 to whoever wrote it down."""

    def to_internal_value(self, data: Any) -> str:
        try:
            text = number_text(data if isinstance(data, str | int | float) else str(data), NumberForm())
        except CellProblem as error:
            raise serializers.ValidationError(f"{error.problem}{RIGHT}{error.expected}") from error
        if not text:
            raise serializers.ValidationError(f"falta{RIGHT}un número")
        return text


class WrittenBody(StrictSerializer):
    point = serializers.UUIDField(error_messages={"invalid": f"no es el id de un punto{RIGHT}su UUID, no su código"})
    variable = _variable()
    time = Instant()
    value = NumberText()
    unit = _optional()


class ManualBody(StrictSerializer):
    readings = WrittenBody(many=True, allow_empty=False)
    note = serializers.CharField(max_length=2000)
    mode = serializers.ChoiceField(choices=[Mode.INSERT.value, Mode.REPLACE.value], required=False, default="insert")

    def validate_readings(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(value) > MOST_WRITTEN:
            raise serializers.ValidationError(f"son demasiadas{RIGHT}a lo más {MOST_WRITTEN}; para más, un archivo")
        return value


def read_mapping(said: Any) -> Mapping:
    """Raises InvalidInput that names each wrong part by its path."""
    body = MappingBody(data=said)
    if not body.is_valid():
        errors = flatten({"mapping": body.errors}, {"mapping": said})
        raise InvalidInput("El mapeo no se puede aceptar.", errors=errors)
    return unpack(body.validated_data)


def shown(batch: Import) -> dict[str, Any]:
    """In a list."""
    return {
        "id": str(batch.id),
        "kind": batch.kind,
        "state": batch.state,
        "state_label": batch.get_state_display(),
        "mode": batch.mode,
        "file": {"name": batch.file_name, "size": batch.file.size, "sha256": bytes(batch.file.sha256).hex()},
        "counts": batch.counts,
        "rows_done": batch.rows_done,
        "rows_total": batch.rows_total,
        "note": batch.note,
        "created_at": iso(batch.created_at),
        "created_by": batch.created_by,
        "moved_at": iso(batch.moved_at),
    }


def detailed(batch: Import) -> dict[str, Any]:
    more = {"mapping": batch.mapping, "report": batch.report, "problem": batch.problem}
    return shown(batch) | more | {"moves": [_moved(one) for one in batch.moves.order_by("id")]}


def _moved(one: Move) -> dict[str, Any]:
    return {"before": one.before, "after": one.after, "by": one.moved_by, "at": iso(one.moved_at), "note": one.note}
