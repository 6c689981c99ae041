"""The shipped authorities are there from the first migration on."""

from typing import Any

from django.db import migrations

from compliance_service.authorities.dga import defaults


def make_sources(apps: Any, schema_editor: Any) -> None:
    source = apps.get_model("authorities", "ComplianceSource")
    source.objects.get_or_create(code=defaults.CODE, defaults=defaults.ROW)


class Migration(migrations.Migration):
    dependencies = [("authorities", "0001_initial")]
    operations = [migrations.RunPython(make_sources, migrations.RunPython.noop)]
