"""Every submission passes through the indexes of what waits and what is leased: what is dead there is walked at
every look until a vacuum comes, which by default waits for a fifth of the table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("submissions", "0006_index_of_work")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE compliance_data SET (autovacuum_vacuum_scale_factor = 0.01)",
            "ALTER TABLE compliance_data RESET (autovacuum_vacuum_scale_factor)",
        )
    ]
