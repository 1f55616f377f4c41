-- Our questions for DuckDB, each in the fastest form found (others tried: stacked windows, list_reduce).
-- name: Q1
SELECT d, channel, sum(c)::BIGINT AS c, count(*) AS u FROM (SELECT ts::DATE AS d, channel,
  user_id, count(*) AS c FROM {t} WHERE event='view_item' AND ts >= '2026-05-10' AND ts <
  '2026-06-09' GROUP BY ALL) GROUP BY d, channel
-- name: Q2
WITH c AS MATERIALIZED (SELECT user_id, ts FROM {t} WHERE event='ad_click' AND ts >= '2026-05-10'
  AND ts < '2026-06-09'), cu AS (SELECT DISTINCT user_id FROM c), v AS MATERIALIZED (SELECT
  v.user_id, v.ts, c.ts AS s FROM (SELECT user_id, ts FROM {t} SEMI JOIN cu USING (user_id) WHERE
  event='view_item' AND ts >= '2026-05-10' AND ts < '2026-06-09') v ASOF JOIN c ON
  v.user_id=c.user_id AND v.ts >= c.ts WHERE v.ts - c.ts <= INTERVAL 7 DAY), p AS (SELECT DISTINCT
  p.user_id FROM (SELECT user_id, ts FROM {t} SEMI JOIN cu USING (user_id) WHERE event='pay_order'
  AND ts >= '2026-05-10' AND ts < '2026-06-09') p ASOF JOIN v ON p.user_id=v.user_id AND p.ts >=
  v.ts WHERE p.ts - v.s <= INTERVAL 7 DAY), n AS (SELECT (SELECT count(*) FROM cu) AS n1, (SELECT
  count(DISTINCT user_id) FROM v) AS n2, (SELECT count(*) FROM p) AS n3) SELECT 1, n1-n2 FROM n
  UNION ALL SELECT 2, n2-n3 FROM n UNION ALL SELECT 3, n3 FROM n
-- name: Q2five
WITH cu AS (SELECT DISTINCT user_id FROM {t} WHERE event='mp_launch' AND ts >= '2026-05-10' AND ts
  < '2026-06-09'), m AS (SELECT user_id, ts FROM {t} WHERE event='mp_launch' AND ts >=
  '2026-05-10' AND ts < '2026-06-09'), v AS MATERIALIZED (SELECT x.user_id, x.ts, y.ts AS s FROM
  (SELECT user_id, ts FROM {t} WHERE event='view_item' AND ts >= '2026-05-10' AND ts <
  '2026-06-09') x ASOF JOIN m y ON x.user_id=y.user_id AND x.ts >= y.ts WHERE x.ts - y.ts <=
  INTERVAL 7 DAY), c AS MATERIALIZED (SELECT x.user_id, x.ts, y.s FROM (SELECT user_id, ts FROM
  {t} WHERE event='add_to_cart' AND ts >= '2026-05-10' AND ts < '2026-06-09') x ASOF JOIN v y ON
  x.user_id=y.user_id AND x.ts >= y.ts WHERE x.ts - y.s <= INTERVAL 7 DAY), o AS MATERIALIZED
  (SELECT x.user_id, x.ts, y.s FROM (SELECT user_id, ts FROM {t} WHERE event='submit_order' AND ts
  >= '2026-05-10' AND ts < '2026-06-09') x ASOF JOIN c y ON x.user_id=y.user_id AND x.ts >= y.ts
  WHERE x.ts - y.s <= INTERVAL 7 DAY), p AS (SELECT x.user_id FROM (SELECT user_id, ts FROM {t}
  WHERE event='pay_order' AND ts >= '2026-05-10' AND ts < '2026-06-09') x ASOF JOIN o y ON
  x.user_id=y.user_id AND x.ts >= y.ts WHERE x.ts - y.s <= INTERVAL 7 DAY), l AS (SELECT user_id,
  max(k) AS level FROM (SELECT user_id, 2 AS k FROM v UNION ALL SELECT user_id, 3 FROM c UNION ALL
  SELECT user_id, 4 FROM o UNION ALL SELECT user_id, 5 FROM p) GROUP BY user_id) SELECT
  coalesce(level, 1) AS level, count(*) FROM cu LEFT JOIN l USING (user_id) GROUP BY ALL
