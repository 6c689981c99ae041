"""What is owed to whom, made before its hour, and what became of it."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from compliance_service.authorities.models import ComplianceSource
from compliance_service.points.models import Point
from shared.db.fields import EncryptedTextField


class ComplianceConfig(models.Model):
    """A work that is reported to a source: its code there, its informant, its standard, from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="configs")
    source = models.ForeignKey(ComplianceSource, on_delete=models.PROTECT, related_name="configs")
    work_code = models.CharField(max_length=40)
    standard = models.CharField(max_length=40)
    informant_rut = models.CharField(max_length=12)
    company_rut = models.CharField(max_length=12)
    password: Any = EncryptedTextField()
    terms = models.JSONField(default=dict)  # what this authority asks for besides, see its `read_terms`
    start_date = models.DateTimeField()
    end_date = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    # In shadow everything is prepared and nothing leaves; by hand a person takes it there, as a file or in a form.
    is_shadow = models.BooleanField(default=False)
    is_by_hand = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)  # the source refuses this work: a person must look
    stopped_reason = models.CharField(max_length=300, default="")
    made_until = models.DateTimeField(null=True)  # duties exist up to here
    next_send_at = models.DateTimeField(null=True)  # no send of this work before: five minutes between two of a backlog
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "compliance_config"
        constraints = [
            models.UniqueConstraint(fields=["source", "work_code"], name="compliance_config_work_once"),
            models.UniqueConstraint(fields=["source", "point"], name="compliance_config_point_once"),
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(end_date__gt=F("start_date")), name="compliance_config_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | ~Q(stopped_reason=""), name="compliance_config_stop_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.work_code


class Outcome(models.TextChoices):
    OPEN = "open"
    RECEIPT = "receipt"
    EXPLAINED = "explained"


class Cause(models.TextChoices):
    """Why an hour could not be reported."""

    INSTRUMENT_FAILURE = "instrument_failure", "falla del instrumento"
    LOGGER_FAILURE = "logger_failure", "falla del registrador"
    POWER_FAILURE = "power_failure", "falla eléctrica"
    COMMUNICATION_FAILURE = "communication_failure", "falla de comunicación"
    METER_REPLACEMENT = "meter_replacement", "cambio de medidor"
    MAINTENANCE = "maintenance", "mantención"
    REPORTED_BY_ANOTHER = "reported_by_another", "la informó otro sistema: modo sombra"
    NO_VOUCHER = "no_voucher", "la autoridad lo tiene y no dio comprobante"
    INCOMPLETE_STAMP = "incomplete_stamp", "no llegaron todos los datos del instante"
    OTHER = "other", "otra"


class Obligation(models.Model):
    """One hour (or day, or month) of one work. Ends as a receipt or explained; overdue is an open one past its lag."""

    # Not checked by the database: millions of rows, made by one statement of ours from the works that there are.
    config = models.ForeignKey(
        ComplianceConfig, on_delete=models.PROTECT, related_name="obligations", db_constraint=False, db_index=False
    )
    slot_at = models.DateTimeField()
    due_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    closed_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)  # when to look for its data; NULL: nothing to look for
    waiting_for = models.CharField(max_length=60, default="")
    cause = models.CharField(max_length=40, choices=Cause.choices, default="")
    note = models.TextField(default="")
    explained_by = models.CharField(max_length=200, default="")
    rules_version = models.SmallIntegerField(default=1)  # of the rules that made it: authorities.RulePack
    # Of an explanation. `found`: what the system knew of the hour; `given`: [{kind, reference, sha256}] of its author.
    evidence = models.JSONField(default=dict)

    class Meta:
        db_table = "obligation"
        constraints = [
            models.UniqueConstraint(fields=["config", "slot_at"], name="obligation_slot_once"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="obligation_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None) | (~Q(outcome="open") & Q(closed_at__isnull=False)),
                name="obligation_closed_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="explained") | (~Q(cause="") & ~Q(note="") & ~Q(explained_by="")),
                name="obligation_explained_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="explained") | ~Q(evidence={}), name="obligation_explained_with_evidence"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open") | Q(next_look_at=None), name="obligation_ended_is_not_looked_at"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("slot_at")) & Q(deadline_at__gte=F("due_at")),
                name="obligation_times_in_order",
            ),
        ]
        indexes = [
            # submissions.prepare: duties whose data are to be looked for; few of the many rows.
            models.Index(
                fields=["next_look_at"], name="obligation_to_look_at", condition=Q(next_look_at__isnull=False)
            ),
            # obligations.sums: what is still open of each work.
            models.Index(fields=["config", "slot_at"], name="obligation_open", condition=Q(outcome="open")),
            # obligations.sums.explained, book.queries: the explained hours of a work in a period; few of the many rows.
            models.Index(fields=["config", "slot_at"], name="obligation_explained", condition=Q(outcome="explained")),
        ]

    def __str__(self) -> str:
        return f"{self.config_id} {self.slot_at:%Y-%m-%dT%H:%M}"


class DutyMonth(models.Model):
    """How many duties a work has in a month of UTC-4, and how they ended. Triggers keep it equal to a recount:
    sums of years cost a row a month, and no code path can forget one.
    """

    config_id = models.UUIDField()
    month = models.DateField()  # its first day
    due = models.IntegerField()  # made, also those whose hour is still to come
    receipts = models.IntegerField()
    explained = models.IntegerField()

    class Meta:
        db_table = "obligation_month"
        constraints = [
            models.UniqueConstraint(fields=["config_id", "month"], name="obligation_month_once"),
            models.CheckConstraint(
                condition=Q(receipts__gte=0, explained__gte=0, due__gte=F("receipts") + F("explained")),
                name="obligation_month_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.config_id} {self.month:%Y-%m}"
