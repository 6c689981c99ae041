"""Alerts, each move of theirs, the signs behind them, which points were searched for faults, and mails."""

from django.db import models
from django.db.models import F, Q

from telemetry_service.alerts.kinds import Kind, Severity
from telemetry_service.alerts.states import ALIVE, AlertState, Cause


class Alert(models.Model):
    """Something is wrong with a point, or with a variable of it. `evidence` is as it was when it was raised."""

    point_id = models.UUIDField()
    variable = models.CharField(max_length=40, default="", blank=True)  # empty: the whole point
    kind = models.CharField(max_length=40, choices=Kind.choices())
    severity = models.CharField(max_length=10, choices=Severity.choices())
    state = models.CharField(max_length=12, choices=AlertState.choices())
    since = models.DateTimeField()  # when it came about, by the readings
    says = models.TextField()
    evidence = models.JSONField()
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, default="", blank=True)  # empty: what was wrong went away

    class Meta:
        db_table = "alert"
        constraints = [
            # Also what `operations` and the pages find the open ones of a point by.
            models.UniqueConstraint(
                fields=["point_id", "variable", "kind"],
                condition=Q(state__in=[state.value for state in ALIVE]),
                name="alert_open_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values()), name="alert_kind_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values()), name="alert_severity_known"),
            models.CheckConstraint(condition=Q(state__in=AlertState.values()), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_by="", acknowledged_at=None)
                | (~Q(acknowledged_by="") & Q(acknowledged_at__isnull=False)),
                name="alert_acknowledged_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=AlertState.ACKNOWLEDGED.value) | Q(acknowledged_at__isnull=False),
                name="alert_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=AlertState.CLOSED.value, closed_at__isnull=False)
                | (~Q(state=AlertState.CLOSED.value) & Q(closed_at=None, closed_by="")),
                name="alert_closed_says_when",
            ),
        ]
        indexes = [
            # alerts.queries.alerts_page: the newest first, of all or of a state.
            models.Index(fields=["-opened_at", "-id"], name="alert_newest"),
            models.Index(fields=["state", "-opened_at", "-id"], name="alert_newest_of_state"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.variable} {self.kind} {self.state}"


class Digest(models.Model):
    """One mail about several moves. A row says that it is to be sent; `sent_at` that it was."""

    made_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, default="", blank=True)  # of the last try, without secrets

    class Meta:
        db_table = "alert_digest"
        constraints = [
            models.CheckConstraint(condition=Q(sent_at=None) | Q(given_up_at=None), name="digest_ends_once"),
            models.CheckConstraint(condition=Q(tries__gte=0), name="digest_tries_counted"),
        ]
        indexes = [
            # alerts.mail.digest: what is still to be sent.
            models.Index(fields=["next_try_at"], name="digest_due", condition=Q(sent_at=None, given_up_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.made_at}"


class AlertMove(models.Model):
    """An alert was opened (`before` is empty), taken or closed. `digest`: the mail that says so, where there is one."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=12, default="", blank=True)
    after = models.CharField(max_length=12, choices=AlertState.choices())
    cause = models.CharField(max_length=10, choices=Cause.choices())
    note = models.TextField(default="", blank=True)
    moved_by = models.CharField(max_length=200, default="", blank=True)  # empty: the system
    moved_at = models.DateTimeField()
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, related_name="moves")

    class Meta:
        db_table = "alert_move"
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="alert_move_moves"),
            models.CheckConstraint(condition=Q(cause__in=Cause.values()), name="alert_move_cause_known"),
            models.CheckConstraint(
                condition=Q(cause__in=[Cause.SEEN.value, Cause.CLEARED.value]) | ~Q(moved_by=""),
                name="alert_move_by_somebody",
            ),
        ]
        indexes = [
            # alerts.mail.digest: what no mail has said yet.
            models.Index(fields=["moved_at"], name="alert_move_untold", condition=Q(digest=None)),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class SeenSign(models.Model):
    """What looks show at present, or showed a moment ago. `alert`: the one that was raised of it."""

    point_id = models.UUIDField()
    variable = models.CharField(max_length=40, default="", blank=True)
    kind = models.CharField(max_length=40, choices=Kind.choices())
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    since = models.DateTimeField()
    says = models.TextField()
    evidence = models.JSONField()
    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, null=True, related_name="sign")

    class Meta:
        db_table = "alert_sign"
        constraints = [
            models.UniqueConstraint(fields=["point_id", "variable", "kind"], name="sign_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values()), name="sign_kind_known"),
            models.CheckConstraint(condition=Q(last_seen_at__gte=F("first_seen_at")), name="sign_seen_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.variable} {self.kind}"


class FaultLook(models.Model):
    """When a point's measurements were last searched for faults: the search reads two weeks of raw rows."""

    point_id = models.UUIDField(primary_key=True)
    looked_at = models.DateTimeField()

    class Meta:
        db_table = "alert_fault_look"

    def __str__(self) -> str:
        return f"{self.point_id} {self.looked_at}"
