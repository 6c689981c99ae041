from typing import Any

from django.db import migrations, models
from django.db.models import Q


def read_the_feed_again(apps: Any, schema_editor: Any) -> None:
    """The copy has no places yet: from the start, Core says every point again."""
    apps.get_model("points", "SyncCursor").objects.filter(feed="core.points").update(cursor="")


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0001_initial"),
    ]

    operations = [
        migrations.AddField("point", "latitude", models.FloatField(null=True)),
        migrations.AddField("point", "longitude", models.FloatField(null=True)),
        migrations.AddField("point", "altitude", models.FloatField(null=True)),
        migrations.AddConstraint(
            "point",
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="point_lies_on_earth",
            ),
        ),
        migrations.AddIndex(
            "point",
            models.Index(fields=["latitude", "longitude"], name="point_place", condition=Q(deleted=False)),
        ),
        migrations.RunPython(read_the_feed_again, migrations.RunPython.noop),
    ]
