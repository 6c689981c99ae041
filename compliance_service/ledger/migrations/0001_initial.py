from django.db import migrations, models

import shared.db.fields

# The owner of a table may disable its triggers and give rights back to itself: this stops mistakes and injected SQL.
# What proves that nothing was changed is the chain, with roots that somebody else holds (docs/ledger.md).
TABLES = """
CREATE TABLE ledger_entry (
    seq bigint NOT NULL,
    work_seq bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    work text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT ledger_entry_pkey PRIMARY KEY (seq),
    -- ledger.queries.heads and ledger.queries.slice_of: the chain of one work, from its end or in order.
    CONSTRAINT ledger_entry_work_once UNIQUE (work, work_seq),
    CONSTRAINT ledger_entry_counts_from_one CHECK (seq >= 1 AND work_seq >= 1),
    CONSTRAINT ledger_entry_digest_of_body CHECK (digest = sha256(body)),
    CONSTRAINT ledger_entry_has_work CHECK (work <> '')
);
CREATE TABLE ledger_root (
    work text NOT NULL,
    day date NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    head bytea NOT NULL,
    body bytea NOT NULL,
    key text NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT ledger_root_pkey PRIMARY KEY (work, day),
    CONSTRAINT ledger_root_ends_after_start CHECK (first >= 1 AND last >= first - 1),
    CONSTRAINT ledger_root_has_signature CHECK (octet_length(head) = 32 AND octet_length(signature) = 64)
);

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_root_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_root
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

-- What is added goes on from the last entry without a gap, and says so in its first bytes.
CREATE FUNCTION ledger_follows() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    start bigint := (SELECT min(seq) - 1 FROM added);
    wrong bigint;
BEGIN
    SELECT min(seq) INTO wrong FROM (
        SELECT seq, body, sealed_at, coalesce(lag(seq) OVER chain, 0) + 1 AS right_seq,
               coalesce(lag(digest) OVER chain, decode(repeat('00', 32), 'hex')) AS right_previous,
               lag(sealed_at) OVER chain AS sealed_before
          FROM (SELECT seq, digest, body, sealed_at FROM added
                UNION ALL SELECT seq, digest, body, sealed_at FROM ledger_entry WHERE seq = start) both_of_them
        WINDOW chain AS (ORDER BY seq)
    ) linked
    CROSS JOIN LATERAL convert_to(
        '{"seq":' || right_seq || ',"previous":"' || encode(right_previous, 'hex') || '",', 'UTF8') AS head
     WHERE seq > start AND (seq <> right_seq OR sealed_at < sealed_before
        OR substring(body FROM 1 FOR octet_length(head)) <> head);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not go on from the one before it', wrong
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_entry_follows';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_follows AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_follows();

-- Also for a session that turns triggers off for replication.
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_append_only;
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_follows;
ALTER TABLE ledger_root ENABLE ALWAYS TRIGGER ledger_root_append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entry, ledger_root FROM CURRENT_USER, PUBLIC;
"""
GONE = """
DROP TABLE ledger_entry, ledger_root;
DROP FUNCTION ledger_follows(), ledger_refuse();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(TABLES, reverse_sql=GONE),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField()),
                ("body", models.BinaryField()),
                ("work", models.TextField()),
                ("work_seq", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_entry", "managed": False},
        ),
        migrations.CreateModel(
            name="LedgerRoot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "work", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("work", models.TextField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("head", models.BinaryField()),
                ("body", models.BinaryField()),
                ("key", models.TextField()),
                ("signature", models.BinaryField()),
            ],
            options={"db_table": "ledger_root", "managed": False},
        ),
        migrations.CreateModel(
            name="LedgerKey",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("key", shared.db.fields.EncryptedTextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_key"},
        ),
        migrations.CreateModel(
            name="LedgerPending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transaction", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("row", models.TextField()),
            ],
            options={"db_table": "ledger_pending"},
        ),
        migrations.CreateModel(
            name="LedgerTerms",
            fields=[
                ("work", models.TextField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
            ],
            options={"db_table": "ledger_terms"},
        ),
    ]
