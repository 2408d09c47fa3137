"""SQL statements of a merge for rows that an OFX statement corrects or deletes by naming their FITID.

FITIDs may be reused, so among several rows of the named id the one is meant that shares most values with the entry,
then the nearest in time; if that is no single row, none is changed. A row is also known by the ids it had before
earlier corrections. $1 is the user.
"""
# ruff: noqa: S608 - no input is in any of these texts

from app.transactions.merge_statements import ALONE, AMOUNT, FIELDS, SHARED_VALUES, UNRELATED, kept_version

# A row that came after its correction: its former state is not stored. $2: days between the two; $3, $4: the file's
# first and last day.
FIND_CORRECTED = f"""
    INSERT INTO related (place)
    SELECT DISTINCT s.ctid
    FROM staged s JOIN transactions t
        ON t.account_id = s.account_id AND t.pending_transaction_id = s.transaction_id
    WHERE t.user_id = $1 AND t.date BETWEEN $3::date - $2::integer AND $4::date + $2::integer
      AND s.kind = 'row' AND NOT s.pending AND t.transaction_id <> s.transaction_id
      AND {ALONE} AND {UNRELATED} AND abs(t.date - s.date) <= $2 AND {SHARED_VALUES.format("s", "t")} > 0
      AND NOT EXISTS (
          SELECT FROM transaction_versions v
          WHERE v.user_id = $1 AND v.id = t.id AND v.transaction_id = s.transaction_id
      )
"""

# $2: the kind of the file's entries. One entry of each named id, and one of each stored row: the others follow in
# further rounds.
MATCH_CORRECTED = f"""
    INSERT INTO related (place, target)
    WITH entries AS MATERIALIZED (
        SELECT DISTINCT ON (account_id, named) account_id, named, place, date, amount, merchant_name
        FROM (
            SELECT s.ctid AS place, account_id, date, amount, merchant_name,
                   CASE kind WHEN 'removal' THEN transaction_id ELSE pending_transaction_id END AS named
            FROM staged s WHERE kind = $2::text AND {UNRELATED}
        ) waiting
        ORDER BY account_id, named, place
    ), known AS (
        SELECT place, id, bool_and(is_former) AS is_former
        FROM (
            SELECT place, t.id, false AS is_former
            FROM entries e JOIN transactions t ON t.account_id = e.account_id AND t.transaction_id = e.named
            WHERE t.user_id = $1
            UNION ALL
            SELECT place, v.id, true
            FROM entries e JOIN transaction_versions v ON v.account_id = e.account_id AND v.transaction_id = e.named
            WHERE v.user_id = $1
        ) states
        GROUP BY place, id
    ), candidates AS (
        SELECT place, t.id, coalesce({SHARED_VALUES.format("e", "t")}, 0) AS shared, is_former,
               coalesce(abs(t.date - e.date), 0) AS days
        FROM known JOIN entries e USING (place) JOIN transactions t ON t.id = known.id
        WHERE t.user_id = $1
    ), ranked AS (
        SELECT place, id, rank() OVER (PARTITION BY place ORDER BY shared DESC, is_former, days) AS rank,
               count(*) OVER (PARTITION BY place, shared, is_former, days) AS as_near
        FROM candidates
    )
    SELECT DISTINCT ON (id) place, id FROM ranked WHERE rank = 1 AND as_near = 1 ORDER BY id, place
"""

# $2: the upload. Adds the corrections of unknown rows, except those that correct another correction of the file.
ADD_UNKNOWN = f"""
    WITH added AS (
        INSERT INTO related (place)
        SELECT s.ctid FROM staged s
        WHERE kind = 'replacement' AND {UNRELATED} AND (account_id, pending_transaction_id) NOT IN (
            SELECT account_id, transaction_id FROM staged s
            WHERE kind = 'replacement' AND transaction_id <> pending_transaction_id AND {UNRELATED}
        )
        RETURNING place
    )
    INSERT INTO transactions (user_id, upload_id, {FIELDS})
    SELECT $1::uuid, $2::uuid, {FIELDS.replace("amount", AMOUNT)} FROM staged s JOIN added ON place = s.ctid
"""

# $2: the upload.
DELETE = f"""
    WITH gone AS (
        DELETE FROM transactions WHERE user_id = $1 AND id IN (SELECT target FROM related WHERE target IS NOT NULL)
        RETURNING *
    )
    {kept_version("removed", "gone")}
"""
