"""SMA takes what an instrument of a permit measures: the row said only the three that a well has."""

from typing import Any

from django.db import migrations

from compliance_service.authorities.sma import defaults

BEFORE = ["flow", "total", "water_table"]


def widen(apps: Any, schema_editor: Any) -> None:
    """What an operator changed stays."""
    source = apps.get_model("authorities", "ComplianceSource")
    rows = source.objects.filter(code=defaults.CODE, supported_variables=BEFORE)
    rows.update(supported_variables=defaults.VARIABLES)


class Migration(migrations.Migration):
    dependencies = [("authorities", "0008_ended_with_a_time")]
    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
