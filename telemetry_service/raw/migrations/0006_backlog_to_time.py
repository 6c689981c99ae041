from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("raw", "0005_a_source_of_several_points"),
    ]

    operations = [
        migrations.AddField(
            model_name="processbacklog",
            name="to_time",
            field=models.DateTimeField(null=True),
        ),
    ]
