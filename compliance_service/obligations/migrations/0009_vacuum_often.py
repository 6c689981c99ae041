"""Every duty leaves the indexes of what is open and what is to be looked at as it ends: what is dead there is walked at
every look until a vacuum comes, which by default waits for a fifth of the table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("obligations", "0008_many_at_once")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE obligation SET (autovacuum_vacuum_scale_factor = 0.01)",
            "ALTER TABLE obligation RESET (autovacuum_vacuum_scale_factor)",
        )
    ]
