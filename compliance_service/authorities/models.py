"""The regulators, as rows: where they answer, what they demand, how long they wait."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from compliance_service.authorities.classify import ALLOWED
from shared.db.fields import EncryptedTextField

MEANINGS = [(meaning.value, meaning.value) for meaning in ALLOWED]


class ComplianceSource(models.Model):
    """`config`: base_url, timeout_s, timestamp_style, standards (code: every, lag_days), see its defaults.py."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100)
    description = models.TextField(default="")
    config = models.JSONField(default=dict)
    required_schema = models.JSONField(default=dict)
    supported_variables = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    # Which version of the rules is in force: `config` holds them, `authorities.rules` puts the next one in force.
    rules_version = models.SmallIntegerField(default=1)
    # The last change: the ledger tells of all of them. None of a row that is as it was shipped.
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "compliance_source"
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="compliance_source_has_code"),
            models.CheckConstraint(
                condition=Q(changed_at=None, changed_by="", changed_note="")
                | Q(changed_at__isnull=False) & ~Q(changed_by="") & ~Q(changed_note=""),
                name="compliance_source_changed_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AuthoritySession(models.Model):
    """A log-in that is still good. `mark` is a digest of who logs in where with which password, which it does not show.

    Whoever takes `claimed_until` logs in; the others wait for his token.
    """

    mark = models.CharField(max_length=64, primary_key=True)
    token: Any = EncryptedTextField(default="")
    obtained_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "authority_session"
        constraints = [
            models.CheckConstraint(
                condition=Q(obtained_at=None, expires_at=None)
                | Q(obtained_at__isnull=False, expires_at__isnull=False, expires_at__gt=F("obtained_at")),
                name="authority_session_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mark[:8]} until {self.expires_at}"


class SourceTurn(models.Model):
    """From when on the next request to a source may leave: all of ours together, whoever sends them."""

    source_id = models.CharField(max_length=20, primary_key=True)
    free_at = models.DateTimeField()

    class Meta:
        db_table = "source_turn"

    def __str__(self) -> str:
        return f"{self.source_id} {self.free_at:%H:%M:%S}"


class RulePack(models.Model):
    """A version of a source's rules: standards with their rhythm and lag, formats, pacing. Written once."""

    source = models.ForeignKey(ComplianceSource, on_delete=models.PROTECT, related_name="rule_packs")
    version = models.SmallIntegerField()
    valid_from = models.DateTimeField()
    rules = models.JSONField()
    note = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "rule_pack"
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="rule_pack_version_once"),
            models.UniqueConstraint(fields=["source", "valid_from"], name="rule_pack_instant_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="rule_pack_version_counts_from_one"),
            models.CheckConstraint(condition=~Q(note="") & ~Q(created_by=""), name="rule_pack_says_who_and_why"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.version}"


class AnswerRule(models.Model):
    """What the words of a refusal mean, from when to when. Ended, never changed: a new meaning is a new row."""

    source = models.ForeignKey(ComplianceSource, on_delete=models.PROTECT, related_name="answer_rules")
    position = models.SmallIntegerField()  # the first that fits decides
    pattern = models.CharField(max_length=200)  # a regular expression, whatever the case
    meaning = models.CharField(max_length=40, choices=MEANINGS)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    note = models.TextField()
    created_by = models.CharField(max_length=200)
    ended_note = models.TextField(default="", blank=True)
    ended_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        db_table = "answer_rule"
        constraints = [
            # What was accepted is the regulator's word alone: no row can say it, or take it back.
            models.CheckConstraint(
                condition=Q(meaning__in=[meaning.value for meaning in ALLOWED]), name="answer_rule_meaning_allowed"
            ),
            models.UniqueConstraint(
                fields=["source", "position"], condition=Q(valid_to=None), name="answer_rule_position_once"
            ),
            models.CheckConstraint(condition=~Q(pattern=""), name="answer_rule_has_pattern"),
            models.CheckConstraint(condition=~Q(note="") & ~Q(created_by=""), name="answer_rule_says_who_and_why"),
            models.CheckConstraint(
                condition=Q(valid_to=None, ended_by="", ended_note="")
                | Q(valid_to__isnull=False, valid_to__gte=F("valid_from")) & ~Q(ended_by="") & ~Q(ended_note=""),
                name="answer_rule_ended_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.position} {self.pattern}"
