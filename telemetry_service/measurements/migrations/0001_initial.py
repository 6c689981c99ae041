from typing import Any

from django.db import migrations, models
from django.db.models import F, Q

# INCLUDE: a cold month reads in milliseconds from the key alone. Codes compare as bytes, as the pages' order needs.
TABLE = """
CREATE TABLE measurement (
    point_id uuid NOT NULL,
    variable text COLLATE "C" NOT NULL,
    time timestamptz NOT NULL,
    value double precision,
    value_text text,
    value_bool boolean,
    quality smallint NOT NULL,
    reasons bigint NOT NULL,
    source_id uuid NOT NULL,
    config_version integer,
    meter_from timestamptz,
    known_since timestamptz NOT NULL,
    CONSTRAINT measurement_pkey PRIMARY KEY (point_id, variable, time) INCLUDE (value, quality),
    CONSTRAINT measurement_quality_known CHECK (quality IN (1, 2, 3, 4, 9)),
    CONSTRAINT measurement_value_finite CHECK (
        value IS NULL OR value NOT IN ('NaN'::float8, 'Infinity'::float8, '-Infinity'::float8)),
    CONSTRAINT measurement_good_has_value CHECK (quality <> 1 OR num_nonnulls(value, value_text, value_bool) = 1)
) PARTITION BY RANGE (time);
"""
VARIABLES = [
    ("flow", "Caudal", "L/s", 0, None),
    ("level", "Nivel", "m", 0, None),
    ("water_table", "Nivel freático", "m", 0, None),
    ("total", "Totalizador", "m3", 0, None),
    ("volume", "Volumen continuo", "m3", 0, None),
    ("pulses", "Pulsos", "pulses", 0, None),
    ("mean_flow", "Caudal medio", "L/s", 0, None),
    ("temperature", "Temperatura", "°C", -50, 100),
    ("pressure", "Presión", "kPa", None, None),
    ("ph", "pH", "pH", 0, 14),
    ("conductivity", "Conductividad", "µS/cm", 0, None),
    ("turbidity", "Turbidez", "NTU", 0, None),
]


def add_variables(apps: Any, schema_editor: Any) -> None:
    Variable = apps.get_model("measurements", "Variable")
    Variable.objects.bulk_create(
        Variable(code=code, name=name, unit=unit, lowest=lowest, highest=highest)
        for code, name, unit, lowest, highest in VARIABLES
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Variable",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("unit", models.CharField(max_length=20)),
                ("lowest", models.FloatField(null=True)),
                ("highest", models.FloatField(null=True)),
            ],
            options={
                "db_table": "variable",
                "constraints": [
                    models.CheckConstraint(condition=~Q(code=""), name="variable_code_said"),
                    models.CheckConstraint(
                        condition=Q(lowest=None) | Q(highest=None) | Q(lowest__lt=F("highest")),
                        name="variable_limits_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "point_id", "variable", "time", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("point_id", models.UUIDField()),
                ("variable", models.CharField(max_length=40)),
                ("time", models.DateTimeField()),
                ("value", models.FloatField(null=True)),
                ("value_text", models.TextField(null=True)),
                ("value_bool", models.BooleanField(null=True)),
                ("quality", models.SmallIntegerField()),
                ("reasons", models.BigIntegerField()),
                ("source_id", models.UUIDField()),
                ("config_version", models.IntegerField(null=True)),
                ("meter_from", models.DateTimeField(null=True)),
                ("known_since", models.DateTimeField()),
            ],
            options={"db_table": "measurement", "managed": False},
        ),
        migrations.RunSQL(TABLE, reverse_sql="DROP TABLE measurement"),
        migrations.RunPython(add_variables, migrations.RunPython.noop),
    ]
