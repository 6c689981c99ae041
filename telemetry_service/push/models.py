"""What was answered to a push, so that the same push again gets the same answer."""

from django.db import models
from django.db.models import Q


class PushAnswer(models.Model):
    """Written in the transaction that stored the rows: either both are there or neither."""

    pk = models.CompositePrimaryKey("key_id", "idempotency_key")
    key_id = models.UUIDField()  # an ApiKey of `keys`; hot, so no foreign key
    idempotency_key = models.CharField(max_length=255)
    digest = models.BinaryField()  # SHA-256 of what came
    body = models.BinaryField()  # deflated
    received_at = models.DateTimeField()

    class Meta:
        db_table = "push_answer"
        constraints = [
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="push_answer_names_its_push"),
        ]
        indexes = [
            # keep.operations.forget_old_answers, once a day.
            models.Index(fields=["received_at"], name="push_answer_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.idempotency_key}"


class SourceChange(models.Model):
    """A statement that may have changed what a source, a key or a point's code means. Written by triggers."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "push_source_change"

    def __str__(self) -> str:
        return str(self.id)
