"""SMA is there from this release on, with the first version of its rules."""

from typing import Any

from django.db import migrations

from compliance_service.authorities.rules import ALWAYS, first_rules
from compliance_service.authorities.sma import defaults


def make_source(apps: Any, schema_editor: Any) -> None:
    source, pack = apps.get_model("authorities", "ComplianceSource"), apps.get_model("authorities", "RulePack")
    row, is_new = source.objects.get_or_create(code=defaults.CODE, defaults=defaults.ROW)
    if is_new:
        said: dict[str, Any] = {"rules": first_rules(row.config), "note": "la que trae el sistema"}
        pack.objects.create(source=row, version=1, valid_from=ALWAYS, **said, created_at=ALWAYS, created_by="system")


class Migration(migrations.Migration):
    dependencies = [("authorities", "0005_turns"), ("ledger", "0002_hooks")]
    operations = [migrations.RunPython(make_source, migrations.RunPython.noop)]
