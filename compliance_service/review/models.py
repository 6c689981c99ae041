"""What a person decided about a held hour: who, when, why, and what was seen."""

from django.db import models
from django.db.models import F, Q

from compliance_service.review.verdicts import Action
from compliance_service.submissions.models import ComplianceData

ACTIONS = [(action.value, action.value) for action in Action]


class Review(models.Model):
    """One decision. `seen` is what was held, `given` what is sent in its place; nothing of it changes afterwards."""

    submission = models.ForeignKey(ComplianceData, on_delete=models.PROTECT, related_name="reviews")
    action = models.CharField(max_length=10, choices=ACTIONS)
    cause = models.CharField(max_length=40, default="", blank=True)
    note = models.TextField(default="", blank=True)
    seen = models.JSONField()  # held_reason, document, evidence
    given = models.JSONField(default=dict)  # values and document, or the voucher
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    proved_at = models.DateTimeField()  # when this person had last shown the password

    class Meta:
        db_table = "submission_review"
        constraints = [
            models.CheckConstraint(condition=Q(action__in=[a.value for a in Action]), name="review_action_known"),
            models.CheckConstraint(condition=~Q(by=""), name="review_has_author"),
            models.CheckConstraint(
                condition=Q(action=Action.ACCEPT.value) | ~Q(note=""), name="review_says_why_unless_accepted"
            ),
            models.CheckConstraint(
                condition=Q(action=Action.DISCARD.value) & ~Q(cause="") | ~Q(action=Action.DISCARD.value) & Q(cause=""),
                name="review_discards_for_a_cause",
            ),
            models.CheckConstraint(condition=Q(proved_at__lte=F("at")), name="review_proved_before"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.action}"
