"""The table `source` came with `collect`; it stays as it is and belongs here from now on."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import shared.db.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [("collect", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Source",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("params", models.JSONField(default=dict)),
                        ("secret_params", shared.db.fields.EncryptedJSONField(default=dict)),
                        ("period_s", models.IntegerField()),
                        ("history_from", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Activa"), ("stopped", "Detenida")], default="active", max_length=10
                            ),
                        ),
                        ("stop_reason", models.TextField(blank=True, default="")),
                        ("cursors", models.JSONField(default=dict)),
                        ("newest_at", models.DateTimeField(null=True)),
                        ("next_poll_at", models.DateTimeField()),
                        ("leased_until", models.DateTimeField(null=True)),
                        ("last_polled_at", models.DateTimeField(null=True)),
                        ("last_outcome", models.CharField(blank=True, default="", max_length=40)),
                        ("failures", models.IntegerField(default=0)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=200)),
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sources", to="points.point"
                            ),
                        ),
                        (
                            "provider",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sources",
                                to="providers.provider",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "source",
                    },
                ),
                migrations.AddIndex(
                    model_name="source",
                    index=models.Index(
                        condition=models.Q(("state", "active")), fields=["next_poll_at"], name="source_due"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="source",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("period_s__gte", 60)), name="source_period_of_a_minute_or_more"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="source",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "stopped"])), name="source_state_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="source",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "stopped"), models.Q(("stop_reason", ""), _negated=True)),
                            models.Q(("state", "active"), ("stop_reason", "")),
                            _connector="OR",
                        ),
                        name="source_stopped_says_why",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="source",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("failures__gte", 0)), name="source_failures_counted"
                    ),
                ),
            ]
        )
    ]
