"""Claims what is about to be sent: of many works in one statement, each row by compare-and-set.

It is committed before any byte leaves.
"""

import json
from collections.abc import Sequence

from django.db import connection

from compliance_service.obligations.models import Outcome
from compliance_service.submissions.decision import may_send_next
from compliance_service.submissions.flights import Draft, Flight
from compliance_service.submissions.operations import LEASE, SYSTEM
from compliance_service.submissions.states import Status, check_move
from shared.db.unnest import by_column

# A work sends one at a time: its pause begins with the claim, and the landing ends it where nothing is owed. A work
# whose row another worker holds is that one's. Works are locked in one order, so that two workers never wait for
# each other. A doubt that another worker sent meanwhile is a doubt again, but until tomorrow: the state alone does not
# tell. What `taken` does not return was somebody else's: it gets no move, no attempt and no pause. States are compared
# with what is given: with a constant the planner may read all rows of a state, and there are many more open duties.
CLAIM = """
WITH wanted AS (
    SELECT * FROM unnest(%s::int[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[],
                         %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::bytea[], %s::bytea[])
        AS said(place, id, duty_id, open, config_id, was, at, leased_until, next_send_at, url, headers, body, mac)
), free AS (
    SELECT config.id FROM compliance_config config JOIN wanted ON wanted.config_id = config.id
     WHERE config.next_send_at IS NULL OR config.next_send_at <= wanted.at
     ORDER BY config.id FOR NO KEY UPDATE OF config SKIP LOCKED
), taken AS (
    UPDATE compliance_data submission
       SET status = 'SENT', leased_until = wanted.leased_until, sent_at = wanted.at, next_attempt_at = NULL
      FROM wanted JOIN free ON free.id = wanted.config_id
      JOIN obligation duty ON duty.id = wanted.duty_id AND duty.outcome = wanted.open
     WHERE submission.id = wanted.id AND submission.status = wanted.was AND submission.next_attempt_at <= wanted.at
    RETURNING submission.id
), paused AS (
    UPDATE compliance_config config SET next_send_at = wanted.next_send_at
      FROM wanted JOIN taken USING (id) WHERE config.id = wanted.config_id
), moved AS (
    INSERT INTO submission_move (submission_id, old, new, at, by, reason)
    SELECT id, was, 'SENT', at, %s, '' FROM wanted JOIN taken USING (id) ORDER BY place
    RETURNING submission_id AS id
)
INSERT INTO submission_attempt (submission_id, number, started_at, url, request_headers, request_body, request_mac,
                                response_headers, response_body, meaning, message)
SELECT id, 1 + (SELECT count(*) FROM submission_attempt WHERE submission_id = wanted.id), at, url, headers::jsonb,
       body, mac, '{}', '', '', ''
  FROM wanted JOIN moved USING (id) ORDER BY place
RETURNING submission_id, id
"""


def claim(drafts: Sequence[Draft]) -> list[Flight]:
    """Those that are ours, in their order; another worker was first at the others, or their work may not send yet."""
    if not drafts:
        return []
    rows = [_row(place, draft) for place, draft in enumerate(drafts)]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [*by_column(rows), SYSTEM])
        attempts = dict(cursor.fetchall())
    return [
        Flight(draft, attempts[draft.turn.submission.id]) for draft in drafts if draft.turn.submission.id in attempts
    ]


def _row(place: int, draft: Draft) -> tuple[object, ...]:
    turn, said = draft.turn, draft.outgoing
    was = turn.submission.status
    check_move(was, Status.SENT)
    return (
        place,
        turn.submission.id,
        turn.submission.obligation,
        Outcome.OPEN.value,
        turn.submission.config,
        was.value,
        turn.at,
        turn.at + LEASE,
        may_send_next(owed=1, sent_at=turn.at, pace=turn.pace),
        said.url,
        json.dumps(dict(said.kept_headers)),
        said.kept_body,
        draft.mac.encode(),
    )
