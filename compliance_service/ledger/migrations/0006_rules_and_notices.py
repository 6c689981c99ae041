from django.db import migrations

# What was demanded, what words meant, what a person took there, told there and let in: facts like what was sent. Of a file
# its digest is kept, of a credential neither the digest of its password nor when it was last used.
FUNCTIONS = """
CREATE FUNCTION ledger_note_upload() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN
        to_jsonb(OLD) - 'content' || jsonb_build_object('content_sha256', encode(sha256(OLD.content), 'hex')) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN
        to_jsonb(NEW) - 'content' || jsonb_build_object('content_sha256', encode(sha256(NEW.content), 'hex')) END;
BEGIN
    INSERT INTO ledger_pending (transaction, kind, row) VALUES (pg_current_xact_id()::text::bigint,
        CASE TG_OP WHEN 'INSERT' THEN 'upload' ELSE 'change' END,
        CASE TG_OP WHEN 'INSERT' THEN after ELSE jsonb_build_object('table', TG_TABLE_NAME, 'operation', TG_OP,
            'by', 'database:' || session_user, 'before', before, 'after', after) END);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_note_credential() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    silent text[] := '{digest,last_used_at}';
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - silent END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - silent END;
    rewritten boolean := TG_OP = 'UPDATE' AND OLD.digest <> NEW.digest;
    revoked boolean := TG_OP = 'UPDATE' AND NOT rewritten AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
        AND before - '{revoked_at,revoked_by}'::text[] = after - '{revoked_at,revoked_by}'::text[];
BEGIN
    IF TG_OP = 'UPDATE' AND before = after AND NOT rewritten THEN
        RETURN NULL;
    END IF;
    INSERT INTO ledger_pending (transaction, kind, row) VALUES (pg_current_xact_id()::text::bigint,
        CASE WHEN TG_OP = 'INSERT' OR revoked THEN 'credential' ELSE 'change' END,
        CASE WHEN TG_OP = 'INSERT' OR revoked THEN after ELSE jsonb_build_object('table', TG_TABLE_NAME, 'operation', TG_OP,
            'by', 'database:' || session_user, 'before', before,
            'after', after || jsonb_build_object('password_rewritten', rewritten)) END);
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER ledger_rules AFTER INSERT ON rule_pack FOR EACH ROW EXECUTE FUNCTION ledger_note('rules');
CREATE TRIGGER ledger_changed AFTER UPDATE ON rule_pack FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON rule_pack FOR EACH ROW EXECUTE FUNCTION ledger_note_change();

-- A row is made, and ended once: `answer_rule_stays` refuses all else, and what gets past it is a change.
CREATE TRIGGER ledger_words AFTER INSERT ON answer_rule FOR EACH ROW EXECUTE FUNCTION ledger_note('words');
CREATE TRIGGER ledger_words_ended AFTER UPDATE ON answer_rule FOR EACH ROW
    WHEN (OLD.valid_to IS NULL AND NEW.valid_to IS NOT NULL) EXECUTE FUNCTION ledger_note('words');
CREATE TRIGGER ledger_changed AFTER UPDATE ON answer_rule FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.* AND (OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL
        OR (OLD.id, OLD.source_id, OLD.position, OLD.pattern, OLD.meaning, OLD.valid_from, OLD.note, OLD.created_by)
            IS DISTINCT FROM (NEW.id, NEW.source_id, NEW.position, NEW.pattern, NEW.meaning, NEW.valid_from, NEW.note, NEW.created_by)))
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON answer_rule FOR EACH ROW EXECUTE FUNCTION ledger_note_change();

CREATE TRIGGER ledger_upload AFTER INSERT OR DELETE ON compliance_upload FOR EACH ROW EXECUTE FUNCTION ledger_note_upload();
CREATE TRIGGER ledger_changed AFTER UPDATE ON compliance_upload FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION ledger_note_upload();

-- A draft follows what happens and what a person fills in; from its delivery on only the end of the failure is still noted.
CREATE TRIGGER ledger_notice AFTER INSERT ON notice FOR EACH ROW EXECUTE FUNCTION ledger_note('notice');
CREATE TRIGGER ledger_notice_changed AFTER UPDATE ON notice FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.* AND (OLD.delivered_at IS NULL
        OR (OLD.ended_at IS NULL AND to_jsonb(OLD) - 'ended_at' = to_jsonb(NEW) - 'ended_at')))
    EXECUTE FUNCTION ledger_note('notice');
CREATE TRIGGER ledger_changed AFTER UPDATE ON notice FOR EACH ROW
    WHEN (OLD.delivered_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*
        AND (OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - 'ended_at' <> to_jsonb(NEW) - 'ended_at'))
    EXECUTE FUNCTION ledger_note_change();
CREATE TRIGGER ledger_deleted AFTER DELETE ON notice FOR EACH ROW EXECUTE FUNCTION ledger_note_change();

CREATE TRIGGER ledger_credential AFTER INSERT OR UPDATE OR DELETE ON history_credential FOR EACH ROW
    EXECUTE FUNCTION ledger_note_credential();
"""
# What was there before, once: as 0002_hooks did it. A source that is not sealed yet, as in a new installation, is one entry
# with its rules and its words.
BEFORE = """
SET LOCAL statement_timeout = 0;
INSERT INTO ledger_pending (transaction, kind, row)
SELECT coalesce((SELECT max(transaction) FROM ledger_pending pending
          WHERE pending.kind = 'source' AND pending.row::json->>'code' = fact->>'source_id'), 0),
       kind, fact || '{"backfilled": true}' FROM (
    SELECT created_at AS at, 0 AS rank, lpad(id::text, 20) AS id, 'rules' AS kind, to_jsonb(pack) AS fact FROM rule_pack pack
    UNION ALL SELECT coalesce(valid_to, valid_from), 1, lpad(id::text, 20), 'words', to_jsonb(answer) FROM answer_rule answer
    UNION ALL SELECT recorded_at, 2, lpad(id::text, 20), 'upload', to_jsonb(upload) - 'content'
        || jsonb_build_object('content_sha256', encode(sha256(content), 'hex')) FROM compliance_upload upload
    UNION ALL SELECT changed_at, 3, id::text, 'notice', to_jsonb(notice) FROM notice
    UNION ALL SELECT coalesce(revoked_at, issued_at), 4, id::text, 'credential', to_jsonb(credential) - '{digest,last_used_at}'::text[]
        FROM history_credential credential
) facts ORDER BY at, rank, id;
"""
GONE = """
DROP TRIGGER ledger_rules ON rule_pack;
DROP TRIGGER ledger_changed ON rule_pack;
DROP TRIGGER ledger_deleted ON rule_pack;
DROP TRIGGER ledger_words ON answer_rule;
DROP TRIGGER ledger_words_ended ON answer_rule;
DROP TRIGGER ledger_changed ON answer_rule;
DROP TRIGGER ledger_deleted ON answer_rule;
DROP TRIGGER ledger_upload ON compliance_upload;
DROP TRIGGER ledger_changed ON compliance_upload;
DROP TRIGGER ledger_notice ON notice;
DROP TRIGGER ledger_notice_changed ON notice;
DROP TRIGGER ledger_changed ON notice;
DROP TRIGGER ledger_deleted ON notice;
DROP TRIGGER ledger_credential ON history_credential;
DROP FUNCTION ledger_note_upload(), ledger_note_credential();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_ways"),
        ("authorities", "0008_ended_with_a_time"),
        ("files", "0001_initial"),
        ("notices", "0001_initial"),
        ("history", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, reverse_sql=GONE),
        migrations.RunSQL(BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
