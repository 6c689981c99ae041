"""What left and what came back, chained so that nobody can change it unseen (docs/ledger.md)."""

from typing import Any

from django.db import models

from shared.db.fields import EncryptedTextField


class LedgerKey(models.Model):
    """The key under which secrets are hashed. The newest one is used, the older ones still explain their entries."""

    id = models.SmallIntegerField(primary_key=True)
    key: Any = EncryptedTextField()  # 32 bytes, hexadecimal
    made_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_key"

    def __str__(self) -> str:
        return f"{self.id} of {self.made_at:%Y-%m-%d}"


class LedgerPending(models.Model):
    """A fact that is not sealed yet. Triggers write it, in the transaction of the row that it is about."""

    transaction = models.BigIntegerField()  # facts of one transaction about one duty become one entry
    kind = models.CharField(max_length=20)
    row = models.TextField()  # JSON of the row as it was, bytes as PostgreSQL's hexadecimal text

    class Meta:
        db_table = "ledger_pending"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class LedgerTerms(models.Model):
    """Which entry holds the terms in force: of a work, who reports what; of a source, its rules. Sealing keeps it."""

    work = models.TextField(primary_key=True)
    seq = models.BigIntegerField()

    class Meta:
        db_table = "ledger_terms"

    def __str__(self) -> str:
        return f"{self.work} {self.seq}"


class LedgerEntry(models.Model):
    """One sealed fact: canonical bytes and their digest. The table is made by the migration, and is append-only."""

    seq = models.BigIntegerField(primary_key=True)
    digest = models.BinaryField()
    body = models.BinaryField()
    work = models.TextField()
    work_seq = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_entry"
        managed = False

    def __str__(self) -> str:
        return f"{self.seq} {self.work}"


class LedgerRoot(models.Model):
    """Where a chain stood at the end of a day in UTC-4, signed. `work` is empty for the chain of everything."""

    pk = models.CompositePrimaryKey("work", "day")
    day = models.DateField()
    work = models.TextField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    head = models.BinaryField()
    body = models.BinaryField()  # the signed bytes
    key = models.TextField()  # thumbprint of the public key (RFC 7638)
    signature = models.BinaryField()

    class Meta:
        db_table = "ledger_root"
        managed = False

    def __str__(self) -> str:
        return f"{self.day} {self.work}"
