"""The SQL statements of a merge (merging.py), on a file's rows in `staged`, which is never written to.

`related` lists the places of staged rows that are not to be added, each with the stored row it updates, if any. $1 is
the user. No join pairs many rows with many: a file may repeat one id, or one row, any number of times.
"""
# ruff: noqa: S608 - no input is in any of these texts

from app.transactions.model import MARKS, Transaction
from app.transactions.row_ids import NUMBER_DIGITS

DETAILS = ("detailed_category", "original_name", "memo", "transaction_type", "pending_transaction_id")
FIELDS = ", ".join(name for name in Transaction._fields if name not in MARKS)
# At least two decimals, even for a currency that has none: the driver writes 500000 as 5E+5, but not 500000.00.
AMOUNT = "amount + 0.00"

SAME_CONTENT = """
    {0}.account_id = {1}.account_id AND {0}.date = {1}.date AND {0}.amount = {1}.amount
    AND {0}.currency = {1}.currency AND coalesce({0}.merchant_name, '') = coalesce({1}.merchant_name, '')
    AND {0}.payment_channel = {1}.payment_channel AND {0}.category = {1}.category AND {0}.pending = {1}.pending
"""
SAME_ID = "{0}.account_id = {1}.account_id AND {0}.transaction_id = {1}.transaction_id"
SAME_DETAILS = " AND ".join(f"coalesce({{0}}.{name}, '') = coalesce({{1}}.{name}, '')" for name in DETAILS)
# A detail that the file omits is not a difference.
NO_OTHER_DETAILS = " AND ".join(f"({{0}}.{name} IS NULL OR {{0}}.{name} = {{1}}.{name})" for name in DETAILS)
UNRELATED = "NOT EXISTS (SELECT FROM related r WHERE r.place = s.ctid)"
# The only row of its id and state in the file.
ALONE = """(s.account_id, s.transaction_id, s.pending) NOT IN (
        SELECT account_id, transaction_id, pending FROM staged WHERE variant > 1
    )"""
# The file's row may be the later state of a stored row with the same id. $3: as for MATCH_SAME_ID.
CORRECTED = """({1}.pending OR (
        NOT {0}.pending AND abs({1}.date - {0}.date) <= $3::integer
        AND ($3 > 0 OR {1}.amount = {0}.amount OR lower({1}.merchant_name) = lower({0}.merchant_name))
    ))"""
KEY = "account_id, currency, amount, name"
ALIKE = "{0}.account_id, {0}.currency, {0}.amount, lower({0}.merchant_name) AS name"
MOST_ALIKE = 30


def kept_version(fate: str, rows: str) -> str:
    """Return the statement that stores earlier states of rows and the upload ($2) that ended them. rows: from where."""
    return f"""
    INSERT INTO transaction_versions (user_id, id, upload_id, fate, user_category, {FIELDS})
    SELECT user_id, id, $2::uuid, '{fate}', user_category, {FIELDS} FROM {rows}
"""


COUNT_KINDS = """
    SELECT count(*) FILTER (WHERE kind = 'row' AND pending) AS pending,
           count(*) FILTER (WHERE kind = 'row' AND NOT pending) AS booked,
           count(*) FILTER (WHERE kind = 'correction') AS corrections,
           count(*) FILTER (WHERE kind = 'replacement') AS replacements,
           count(*) FILTER (WHERE kind = 'removal') AS removals,
           count(*) FILTER (WHERE kind = 'account') AS accounts,
           count(transaction_id) FILTER (WHERE kind <> 'removal') AS with_id,
           count(date) FILTER (WHERE transaction_id IS NULL) AS without_id,
           count(pending_transaction_id) FILTER (WHERE kind <> 'replacement') AS naming,
           count(*) FILTER (WHERE variant > 1) AS sharing,
           min(date) AS first, max(date) AS last
    FROM staged
"""

SUM_MONEY = """
    SELECT currency,
           coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS money_in,
           coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS money_out
    FROM staged WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency
"""

ADD_ACCOUNTS = """
    INSERT INTO accounts (user_id, account_id, type, subtype, name)
    SELECT DISTINCT ON (account_id) $1::uuid, account_id, account_type, account_subtype, account_name
    FROM staged WHERE kind = 'account' ORDER BY account_id, ctid DESC
    ON CONFLICT (user_id, account_id) DO UPDATE
"""

KEEP_ACCOUNTS = f"""{ADD_ACCOUNTS}
    SET type = coalesce(excluded.type, accounts.type), subtype = coalesce(excluded.subtype, accounts.subtype),
        name = coalesce(excluded.name, accounts.name)
"""

CREATE_RELATED = "CREATE TEMPORARY TABLE related (place tid NOT NULL, target uuid) ON COMMIT DROP"

# $2: days within which a stored booked row is the later state of a pending one; $3: bank ids are unique. A row of
# /transactions/sync may come again after the bank removed it; a row that an OFX statement deleted is in an older file.
FIND_DUPLICATES_WITH_ID = f"""
    INSERT INTO related (place)
    SELECT ctid FROM staged WHERE transaction_id IS NOT NULL AND occurrence > 1
    UNION
    SELECT s.ctid FROM staged s JOIN transactions t
        ON {SAME_ID.format("s", "t")} AND {SAME_CONTENT.format("s", "t")} AND {SAME_DETAILS.format("s", "t")}
    WHERE t.user_id = $1
    UNION
    SELECT s.ctid FROM staged s JOIN transactions t ON {SAME_ID.format("s", "t")} AND {SAME_CONTENT.format("s", "t")}
    WHERE t.user_id = $1 AND {ALONE} AND {NO_OTHER_DETAILS.format("s", "t")}
    UNION
    SELECT s.ctid FROM staged s JOIN transaction_versions v
        ON {SAME_ID.format("s", "v")} AND {SAME_CONTENT.format("s", "v")}
    WHERE v.user_id = $1 AND (v.fate <> 'removed' OR NOT $3::boolean) AND s.kind IN ('row', 'replacement') AND {ALONE}
      AND {NO_OTHER_DETAILS.format("s", "v")}
    UNION
    SELECT s.ctid FROM staged s JOIN transactions t ON {SAME_ID.format("s", "t")}
    WHERE t.user_id = $1 AND s.kind = 'row' AND s.pending AND NOT t.pending AND {ALONE}
      AND abs(t.date - s.date) <= $2
    UNION
    SELECT s.ctid FROM staged s
    WHERE s.kind = 'row' AND s.pending AND (s.account_id, s.transaction_id) IN (
        SELECT account_id, pending_transaction_id FROM transactions WHERE user_id = $1
    )
"""

# Counts the values that two rows share: of two states of one payment, it finds the one that the row updates.
SHARED_VALUES = """(
        ({0}.amount = {1}.amount)::integer + ({0}.date = {1}.date)::integer
        + coalesce(lower({0}.merchant_name) = lower({1}.merchant_name), false)::integer
    )"""

# $2: the state of the file's rows; $3: days by which a booked row's date may be corrected, 0 for ids that may be
# reused. An id with a row in each state has two rows at the bank, so their contents decide which of them is meant.
MATCH_SAME_ID = f"""
    INSERT INTO related (place, target)
    WITH fresh AS MATERIALIZED (
        SELECT s.ctid AS place, account_id, transaction_id, date, amount, merchant_name, pending
        FROM staged s
        WHERE kind = 'row' AND pending = $2 AND {ALONE} AND {UNRELATED}
    ), candidates AS (
        SELECT f.place, t.id AS target, {SHARED_VALUES.format("f", "t")} AS shared,
               {CORRECTED.format("f", "t")} IS TRUE AS fits,
               count(*) OVER (PARTITION BY f.place, t.pending) AS alike
        FROM fresh f JOIN transactions t ON {SAME_ID.format("f", "t")}
        WHERE t.user_id = $1
    ), fitting AS (
        SELECT place, target, max(alike) OVER (PARTITION BY place) AS alike, fits,
               rank() OVER (PARTITION BY place ORDER BY fits DESC, shared DESC) AS rank,
               count(*) OVER (PARTITION BY place, fits, shared) AS as_near
        FROM candidates
    )
    SELECT place, target FROM fitting WHERE fits AND alike = 1 AND rank = 1 AND as_near = 1
"""

MATCH_NAMED = f"""
    INSERT INTO related (place, target)
    SELECT s.place, t.id
    FROM (
        SELECT DISTINCT ON (account_id, pending_transaction_id) account_id, pending_transaction_id, ctid AS place
        FROM staged s
        WHERE kind = 'row' AND NOT pending AND pending_transaction_id IS NOT NULL AND {UNRELATED}
        ORDER BY account_id, pending_transaction_id, ctid
    ) s JOIN (
        SELECT DISTINCT ON (account_id, transaction_id) account_id, transaction_id, id
        FROM transactions
        WHERE user_id = $1 AND pending AND transaction_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM related r WHERE r.target = id)
        ORDER BY account_id, transaction_id, id
    ) t ON t.account_id = s.account_id AND t.transaction_id = s.pending_transaction_id
"""

# $2: the upload. The rows that MATCH_ALIKE may match: without any, it need not number the user's rows.
HAS_WAITING = """
    SELECT EXISTS (
        SELECT FROM transactions
        WHERE user_id = $1 AND upload_id <> $2 AND pending AND transaction_id IS NULL AND merchant_name IS NOT NULL
    )
"""

# $2: the upload; $3: days by which the booked row may follow the pending one. Among many alike rows, the first are
# matched with the first.
MATCH_ALIKE = f"""
    INSERT INTO related (place, target)
    WITH stored AS (
        SELECT id, upload_id, account_id, date, amount, currency, merchant_name, payment_channel, category, pending,
               row_number() OVER (
                   PARTITION BY account_id, date, amount, currency, merchant_name, payment_channel, category
               ) AS occurrence
        FROM transactions
        WHERE user_id = $1 AND pending AND transaction_id IS NULL AND merchant_name IS NOT NULL
    ), waiting AS (
        SELECT id, {ALIKE.format("p")}, date, row_number() OVER (
            PARTITION BY account_id, currency, amount, lower(merchant_name) ORDER BY date, id
        ) AS number
        FROM stored p
        WHERE upload_id <> $2 AND NOT EXISTS (SELECT FROM related r WHERE r.target = p.id)
          AND NOT EXISTS (
              SELECT FROM (
                  SELECT account_id, date, amount, currency, merchant_name, payment_channel, category, pending,
                         count(*) FILTER (WHERE transaction_id IS NULL OR occurrence = 1) AS times
                  FROM staged WHERE pending GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
              ) listed
              WHERE listed.times >= p.occurrence AND {SAME_CONTENT.format("listed", "p")}
          )
    ), fresh AS (
        SELECT s.ctid AS place, {ALIKE.format("s")}, s.date, row_number() OVER (
            PARTITION BY s.account_id, s.currency, s.amount, lower(s.merchant_name) ORDER BY s.date, s.ctid
        ) AS number
        FROM staged s JOIN (
            SELECT {KEY}, min(date) AS first, max(date) + $3::integer AS last FROM waiting GROUP BY {KEY}
        ) w ON w.account_id = s.account_id AND w.currency = s.currency AND w.amount = s.amount
           AND w.name = lower(s.merchant_name)
        WHERE s.kind = 'row' AND NOT s.pending AND s.date BETWEEN w.first AND w.last AND {UNRELATED}
    ), pairs AS (
        SELECT place, id,
               dense_rank() OVER (PARTITION BY {KEY}, CASE $3 WHEN 0 THEN fresh.date END ORDER BY fresh.date, place)
                   AS fresh_turn,
               dense_rank() OVER (PARTITION BY {KEY}, CASE $3 WHEN 0 THEN fresh.date END ORDER BY waiting.date, id)
                   AS waiting_turn
        FROM fresh JOIN waiting USING ({KEY})
        WHERE fresh.number <= {MOST_ALIKE} AND waiting.number <= {MOST_ALIKE}
          AND fresh.date - waiting.date BETWEEN 0 AND $3
    )
    SELECT place, id FROM pairs WHERE fresh_turn = waiting_turn
"""

PASS_OVER_EARLIER_CORRECTIONS = f"""
    INSERT INTO related (place)
    SELECT place FROM (
        SELECT s.ctid AS place, max(s.ctid) OVER (PARTITION BY account_id, transaction_id) AS latest
        FROM staged s WHERE s.kind = 'correction' AND {UNRELATED}
    ) corrections
    WHERE place <> latest
"""

# $2: the upload.
KEEP_VERSIONS = kept_version("updated", "transactions JOIN related ON target = id WHERE user_id = $1")

UPDATE = f"""
    UPDATE transactions t
    SET transaction_id = s.transaction_id, date = s.date, amount = s.{AMOUNT}, currency = s.currency,
        merchant_name = s.merchant_name, payment_channel = s.payment_channel, category = s.category,
        pending = s.pending, {", ".join(f"{name} = coalesce(s.{name}, t.{name})" for name in DETAILS)}
    FROM staged s JOIN related r ON r.place = s.ctid
    WHERE t.user_id = $1 AND t.id = r.target
"""

SETTLE = "UPDATE related SET target = NULL WHERE target IS NOT NULL"

# $2: the upload; $3, $4: kind and state; $5: prefix of the ids. Inserting in index order saves a third of the time.
ADD = f"""
    INSERT INTO transactions (user_id, upload_id, id, {FIELDS})
    SELECT $1::uuid, $2::uuid,
           ($5::text || lpad(to_hex(row_number() OVER (ORDER BY date, s.ctid)), {NUMBER_DIGITS}, '0'))::uuid,
           {FIELDS.replace("amount", AMOUNT)}
    FROM staged s
    WHERE kind = $3 AND ($4::boolean IS NULL OR pending = $4) AND {UNRELATED}
"""


def restored_by(name: str) -> str:
    """Return the statement that restores the user's own category of removed rows that came again, by this id.

    $2: the prefix of the new rows' ids.
    """
    return f"""
    UPDATE transactions t SET user_category = removed.user_category
    FROM (
        SELECT DISTINCT ON (account_id, transaction_id) account_id, transaction_id, user_category
        FROM transaction_versions
        WHERE user_id = $1 AND fate = 'removed' AND transaction_id IS NOT NULL
        ORDER BY account_id, transaction_id, number DESC
    ) removed
    WHERE t.user_id = $1 AND t.user_category IS NULL AND removed.user_category IS NOT NULL
      AND t.id BETWEEN ($2::text || repeat('0', {NUMBER_DIGITS}))::uuid AND ($2 || repeat('f', {NUMBER_DIGITS}))::uuid
      AND t.account_id = removed.account_id AND t.{name} = removed.transaction_id
"""


HAS_REMOVED_CATEGORY = """
    SELECT EXISTS (
        SELECT FROM transaction_versions WHERE user_id = $1 AND fate = 'removed' AND user_category IS NOT NULL
    )
"""
# The bank may have removed the pending row before it sent the booked one that names it.
RESTORE_CATEGORIES = (restored_by("transaction_id"), restored_by("pending_transaction_id"))

# $2: the upload. Replaces pending rows named by a booked row that was stored before it named them.
REPLACE_NAMED = f"""
    WITH gone AS (
        DELETE FROM transactions
        WHERE user_id = $1 AND pending AND (account_id, transaction_id) IN (
            SELECT account_id, pending_transaction_id FROM staged WHERE kind <> 'replacement' AND NOT pending
        )
        RETURNING *
    ), kept AS ({kept_version("replaced", "gone")}), chosen AS (
        SELECT account_id, transaction_id, min(user_category) AS user_category
        FROM gone WHERE user_category IS NOT NULL GROUP BY account_id, transaction_id
    )
    UPDATE transactions t SET user_category = chosen.user_category FROM chosen
    WHERE t.user_id = $1 AND t.account_id = chosen.account_id AND t.pending_transaction_id = chosen.transaction_id
      AND t.user_category IS NULL
"""

# $2: the upload. Returns for how many of the file's entries there was a row.
REMOVE = f"""
    WITH gone AS (
        DELETE FROM transactions
        WHERE user_id = $1 AND (
            (account_id, transaction_id) IN (SELECT account_id, transaction_id FROM staged WHERE kind = 'removal')
            OR transaction_id IN (SELECT transaction_id FROM staged WHERE kind = 'removal' AND account_id IS NULL)
        )
        RETURNING *
    ), kept AS ({kept_version("removed", "gone")})
    SELECT count(*)
    FROM (SELECT DISTINCT account_id, transaction_id FROM staged WHERE kind = 'removal') entries
    WHERE (account_id, transaction_id) IN (SELECT account_id, transaction_id FROM gone)
       OR (account_id IS NULL AND transaction_id IN (SELECT transaction_id FROM gone))
"""
