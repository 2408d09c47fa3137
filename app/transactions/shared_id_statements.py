"""SQL statements of a merge for ids that several rows of a file share, although bank ids should be unique.

The file lists such rows together, so the change is found by elimination: if one row of the file is new, and one stored
row is in the file neither in its current nor in an earlier state, then the new row corrects the stored one. $1 is the
user.
"""
# ruff: noqa: S608 - no input is in any of these texts

from app.transactions.merge_statements import (
    CORRECTED,
    NO_OTHER_DETAILS,
    SAME_CONTENT,
    SAME_DETAILS,
    SAME_ID,
    UNRELATED,
)

EQUAL = f"{SAME_ID} AND {SAME_CONTENT} AND {SAME_DETAILS}"
SHARED = "SELECT DISTINCT account_id, transaction_id, pending FROM staged WHERE variant > 1"
# The ids of stored rows that the file contains unchanged.
AS_THEY_ARE = f"""
    SELECT t.id FROM staged e JOIN transactions t ON {EQUAL.format("e", "t")}
    WHERE t.user_id = $1 AND e.kind = 'row'
"""
AS_THEY_WERE = f"""
    SELECT v.id FROM staged e JOIN transaction_versions v ON {EQUAL.format("e", "v")}
    WHERE v.user_id = $1 AND e.kind = 'row'
"""

# A file with both states of a stored row has two rows: then the correction was of another row.
FIND_FORMER_STATES = f"""
    INSERT INTO related (place)
    WITH listed AS MATERIALIZED ({AS_THEY_ARE})
    SELECT DISTINCT ON (v.id) s.ctid
    FROM staged s JOIN ({SHARED}) shared USING (account_id, transaction_id, pending)
         JOIN transaction_versions v ON {EQUAL.format("s", "v")}
         JOIN transactions t ON t.user_id = v.user_id AND t.id = v.id
    WHERE v.user_id = $1 AND v.fate = 'updated' AND s.kind = 'row' AND {UNRELATED}
      AND NOT EXISTS (SELECT FROM listed WHERE listed.id = v.id)
    ORDER BY v.id, s.ctid
"""

# $2, $3: as for MATCH_SAME_ID. A row that only says less than the stored one is a duplicate.
MATCH_LEFT_OVER = f"""
    INSERT INTO related (place, target)
    WITH shared AS MATERIALIZED ({SHARED}), listed AS MATERIALIZED ({AS_THEY_ARE} UNION {AS_THEY_WERE}), fresh AS (
        SELECT account_id, transaction_id, min(s.ctid) AS place
        FROM staged s JOIN shared USING (account_id, transaction_id, pending)
        WHERE kind = 'row' AND pending = $2 AND {UNRELATED}
        GROUP BY account_id, transaction_id HAVING count(*) = 1
    ), left_over AS (
        SELECT account_id, transaction_id, min(t.id::text)::uuid AS id
        FROM transactions t JOIN fresh USING (account_id, transaction_id)
        WHERE t.user_id = $1 AND NOT EXISTS (SELECT FROM listed WHERE listed.id = t.id)
        GROUP BY account_id, transaction_id HAVING count(*) = 1
    )
    SELECT place,
           CASE WHEN ({SAME_CONTENT.format("f", "t")} AND {NO_OTHER_DETAILS.format("f", "t")}) IS NOT TRUE THEN t.id END
    FROM fresh JOIN left_over l USING (account_id, transaction_id)
         JOIN staged f ON f.ctid = place
         JOIN transactions t ON t.user_id = $1 AND t.id = l.id
    WHERE {CORRECTED.format("f", "t")}
"""

MATCH_CORRECTIONS = f"""
    INSERT INTO related (place, target)
    WITH fresh AS MATERIALIZED (
        SELECT s.ctid AS place, account_id, transaction_id FROM staged s WHERE kind = 'correction' AND {UNRELATED}
    ), listed AS MATERIALIZED ({AS_THEY_ARE} UNION {AS_THEY_WERE})
    SELECT place, target FROM (
        SELECT f.place, t.id AS target, listed.id IS NOT NULL AS is_listed,
               count(*) OVER (PARTITION BY f.place) AS stored,
               count(*) FILTER (WHERE listed.id IS NULL) OVER (PARTITION BY f.place) AS left_over
        FROM fresh f JOIN transactions t ON {SAME_ID.format("f", "t")} LEFT JOIN listed ON listed.id = t.id
        WHERE t.user_id = $1
    ) candidates
    WHERE stored = 1 OR (left_over = 1 AND NOT is_listed)
"""
