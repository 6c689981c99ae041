from typing import Any

from django.db import migrations

VARIABLES = [
    ("battery", "Batería", "%", 0, 100),
    ("battery_voltage", "Voltaje de la batería", "V", 0, None),
    ("signal", "Señal", "dBm", None, 0),
]


def add_variables(apps: Any, schema_editor: Any) -> None:
    Variable = apps.get_model("measurements", "Variable")
    Variable.objects.bulk_create(
        Variable(code=code, name=name, unit=unit, lowest=lowest, highest=highest)
        for code, name, unit, lowest, highest in VARIABLES
    )


def take_variables(apps: Any, schema_editor: Any) -> None:
    apps.get_model("measurements", "Variable").objects.filter(code__in=[code for code, *_ in VARIABLES]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("measurements", "0002_latest_past_and_rollups"),
    ]

    operations = [
        migrations.RunPython(add_variables, take_variables),
    ]
