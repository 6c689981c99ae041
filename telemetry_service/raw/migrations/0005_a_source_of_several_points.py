from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("raw", "0004_arrivals")]

    operations = [
        migrations.RemoveConstraint(model_name="series", name="series_variable_once_per_source"),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(
                fields=["source_id", "point_id", "variable"],
                name="series_variable_once_per_source",
                condition=models.Q(withdrawn_at=None, retired_at=None),
            ),
        ),
    ]
