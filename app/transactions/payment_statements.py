"""SQL statements of a merge for rows without a bank id (identity.py). $1 is the user.

Such a row is known by its payment: account, day, amount, currency, name and state. Among the rows of one payment, equal
ones are found first, then former states. Each that is left is the later state of a stored row that is left: its
category or channel changed. If none is left, it is one more payment.
"""
# ruff: noqa: S608 - no input is in any of these texts

PAYMENT = "account_id, date, amount, currency, name, pending"
SLOT = " AND ".join(f"{{0}}.{name} = {{1}}.{name}" for name in ("id", *PAYMENT.split(", ")))
STATE = f"{PAYMENT}, payment_channel, category, detail"
STATE_OF = """{0}.account_id, {0}.date, {0}.amount, {0}.currency, coalesce({0}.merchant_name, '') AS name, {0}.pending,
               {0}.payment_channel, {0}.category, coalesce({0}.detailed_category, '') AS detail"""

# The planner has no statistics of the parts of these statements: a nested loop or
# a merge join would compare all rows with all.
JOIN_BY_HASH = ("SET LOCAL enable_nestloop = off", "SET LOCAL enable_mergejoin = off")
JOIN_AS_USUAL = ("SET LOCAL enable_nestloop = on", "SET LOCAL enable_mergejoin = on")

# $2, $3: the file's first and last day. Most files list few payments that are stored, or hardly any other: the other
# statements need not read all of the user's rows.
KEEP_KNOWN = f"""
    CREATE TEMPORARY TABLE known ON COMMIT DROP AS
    SELECT * FROM (
        SELECT t.id, true AS is_current, {STATE_OF.format("t")} FROM transactions t
        WHERE t.user_id = $1 AND t.date BETWEEN $2 AND $3 AND t.transaction_id IS NULL
        UNION ALL
        SELECT v.id, false, {STATE_OF.format("v")} FROM transaction_versions v
        WHERE v.user_id = $1 AND v.date BETWEEN $2 AND $3 AND v.transaction_id IS NULL AND v.fate <> 'removed'
    ) stored
    WHERE ({PAYMENT}) IN (
        SELECT account_id, date, amount, currency, coalesce(merchant_name, ''), pending FROM staged
        WHERE transaction_id IS NULL AND date IS NOT NULL
    )
"""

FIND_EQUAL = f"""
    INSERT INTO related (place)
    SELECT place FROM (
        SELECT s.ctid AS place, occurrence, {STATE_OF.format("s")} FROM staged s
        WHERE transaction_id IS NULL AND date IS NOT NULL
    ) listed JOIN (
        SELECT {STATE}, count(*) AS times FROM known WHERE is_current GROUP BY {STATE}
    ) equal USING ({STATE})
    WHERE occurrence <= times
"""

# A row that only says less than a stored one is a duplicate.
MATCH_CHANGED = f"""
    INSERT INTO related (place, target)
    WITH listed AS MATERIALIZED (
        SELECT * FROM (
            SELECT s.ctid AS place, s.occurrence, r.place IS NOT NULL AS is_known, {STATE_OF.format("s")}
            FROM staged s LEFT JOIN related r ON r.place = s.ctid
            WHERE s.transaction_id IS NULL AND s.date IS NOT NULL
        ) rows
        WHERE ({PAYMENT}) IN (SELECT {PAYMENT} FROM known)
    ), waiting AS MATERIALIZED (
        SELECT place, {STATE}, row_number() OVER (PARTITION BY {STATE} ORDER BY place) AS number
        FROM listed WHERE NOT is_known
    ), concerned AS MATERIALIZED (
        SELECT id, is_current, {STATE}, row_number() OVER (PARTITION BY is_current, {STATE} ORDER BY id) AS occurrence
        FROM known WHERE ({PAYMENT}) IN (SELECT {PAYMENT} FROM waiting)
    ), taken AS MATERIALIZED (
        SELECT id, {PAYMENT} FROM concerned JOIN listed USING ({STATE}, occurrence) WHERE is_current AND is_known
    ), states AS MATERIALIZED (
        SELECT id, is_current, {STATE},
               row_number() OVER (PARTITION BY {STATE} ORDER BY is_current DESC, id) AS number,
               row_number() OVER (
                   PARTITION BY {PAYMENT}, payment_channel, category ORDER BY is_current DESC, id
               ) AS number_of_any_detail
        FROM concerned c WHERE NOT EXISTS (SELECT FROM taken WHERE {SLOT.format("taken", "c")})
    ), same AS MATERIALIZED (
        SELECT DISTINCT ON (id, {PAYMENT}) place, id, {PAYMENT}
        FROM (
            SELECT DISTINCT ON (place) place, id, {PAYMENT}
            FROM (
                SELECT place, id, {PAYMENT}, 1 AS choice FROM waiting JOIN states USING ({STATE}, number)
                UNION ALL
                SELECT place, id, {PAYMENT}, 2
                FROM waiting w JOIN states o USING ({PAYMENT}, payment_channel, category)
                WHERE w.detail = '' AND w.number = o.number_of_any_detail
            ) pairs
            ORDER BY place, choice, id
        ) once
        ORDER BY id, {PAYMENT}, place
    ), changed AS (
        SELECT place, {PAYMENT}, row_number() OVER (PARTITION BY {PAYMENT} ORDER BY place) AS number
        FROM waiting w WHERE NOT EXISTS (SELECT FROM same WHERE same.place = w.place)
    ), left_over AS (
        SELECT id, is_current, {PAYMENT},
               row_number() OVER (PARTITION BY {PAYMENT} ORDER BY is_current DESC, id) AS number
        FROM (SELECT id, bool_or(is_current) AS is_current, {PAYMENT} FROM states GROUP BY id, {PAYMENT}) free
        WHERE NOT EXISTS (SELECT FROM same WHERE {SLOT.format("same", "free")})
    )
    SELECT place, NULL FROM same
    UNION ALL
    SELECT place, CASE WHEN is_current THEN id END FROM changed JOIN left_over USING ({PAYMENT}, number)
"""
