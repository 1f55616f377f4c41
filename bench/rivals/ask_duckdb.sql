-- Our questions for DuckDB, each in the fastest form found (others tried: stacked windows, list_reduce).
-- {t} = sorted by event, {u} = by customer.
-- name: Q1
SELECT ts::DATE AS d, channel, count(*) AS c, count(DISTINCT user_id) AS u FROM {t} WHERE
  event='view_item' AND ts >= '2026-05-10' AND ts < '2026-06-09' GROUP BY d, channel
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
-- name: Q2b
WITH e AS (SELECT user_id, ts, event, channel FROM {t} WHERE event IN
  ('mp_launch','view_item','add_to_cart','submit_order','pay_order') AND ts >= '2026-05-10' AND ts
  < '2026-06-09'), a AS (SELECT *, max(CASE WHEN event='mp_launch' THEN ts END) OVER (PARTITION BY
  user_id ORDER BY ts) AS s1 FROM e), b AS (SELECT *, max(CASE WHEN event='view_item' AND ts - s1
  <= INTERVAL 7 DAY THEN s1 END) OVER (PARTITION BY user_id ORDER BY ts) AS s2 FROM a WHERE s1 IS
  NOT NULL), c AS (SELECT *, max(CASE WHEN event='add_to_cart' AND ts - s2 <= INTERVAL 7 DAY THEN
  s2 END) OVER (PARTITION BY user_id ORDER BY ts) AS s3 FROM b), d AS (SELECT *, max(CASE WHEN
  event='submit_order' AND ts - s3 <= INTERVAL 7 DAY THEN s3 END) OVER (PARTITION BY user_id ORDER
  BY ts) AS s4 FROM c), l AS (SELECT user_id, arg_min(channel, ts) FILTER (event='mp_launch') AS
  ch, max(CASE WHEN event='pay_order' AND ts - s4 <= INTERVAL 7 DAY THEN 5 WHEN s4 IS NOT NULL
  THEN 4 WHEN s3 IS NOT NULL THEN 3 WHEN s2 IS NOT NULL THEN 2 WHEN s1 IS NOT NULL THEN 1 ELSE 0
  END) AS level FROM d GROUP BY user_id) SELECT ch, level, count(*) FROM l WHERE level > 0 GROUP
  BY ch, level
-- name: Q3
WITH c AS (SELECT user_id, min(ts)::DATE AS d0, min(ts) AS t0 FROM {t} WHERE event='follow_oa'
  GROUP BY user_id HAVING min(ts) >= '2026-05-01' AND min(ts) < '2026-05-31') SELECT d0, n,
  count(*) FROM (SELECT DISTINCT c.user_id, d0, r.ts::DATE - d0 AS n FROM {t} r JOIN c ON
  r.user_id=c.user_id WHERE r.event='app_launch' AND r.ts >= '2026-05-01' AND r.ts < '2026-06-30'
  AND r.ts > t0) WHERE n BETWEEN 0 AND 30 GROUP BY d0, n
-- name: Q4
SELECT count(*) FROM (WITH cart AS (SELECT user_id, max(ts) AS ct FROM {t} SEMI JOIN (SELECT
  user_id FROM users WHERE city IN
  ('city_3','city_5','city_8','city_11','city_15','city_21','city_30','city_44','city_60','city_90'))
  u USING (user_id) WHERE event='add_to_cart' AND ts >= '2026-06-23' GROUP BY user_id), pay AS
  (SELECT e.user_id, count(*) FILTER (event='pay_order') AS n, sum(amount) FILTER
  (event='pay_order') AS s, count(*) FILTER (event='refund') AS r, max(ts) FILTER
  (event='pay_order') AS lp, any_value(ct) AS ct FROM {t} e JOIN cart USING (user_id) WHERE event
  IN ('pay_order','refund') AND ts >= '2026-04-01' GROUP BY e.user_id) SELECT user_id FROM pay
  WHERE n >= 2 AND s > 500 AND r = 0 AND ct > lp)
-- name: Q5
WITH u AS MATERIALIZED (SELECT user_id, (epoch(max(ts)) - epoch(TIMESTAMP '2026-06-30'))::INTEGER
  AS r, count(*)::UINTEGER AS f, (sum(amount)*100)::UBIGINT AS m FROM {t} WHERE event='pay_order'
  GROUP BY user_id), q AS (SELECT quantile_disc(r, [0.2,0.4,0.6,0.8]) AS qr, quantile_disc(f,
  [0.2,0.4,0.6,0.8]) AS qf, quantile_disc(m, [0.2,0.4,0.6,0.8]) AS qm FROM u) SELECT
  (r>qr[1])::INT+(r>qr[2])::INT+(r>qr[3])::INT+(r>qr[4])::INT AS rs,
  (f>qf[1])::INT+(f>qf[2])::INT+(f>qf[3])::INT+(f>qf[4])::INT AS fs,
  (m>qm[1])::INT+(m>qm[2])::INT+(m>qm[3])::INT+(m>qm[4])::INT AS ms, count(*) FROM u, q GROUP BY
  ALL
-- name: Q6
SELECT e1, e2, e3, count(*) AS c FROM (SELECT event AS e3, ts AS t3, lag(event, 1) OVER w AS e2,
  lag(event, 2) OVER w AS e1, lag(ts, 1) OVER w AS t2, lag(ts, 2) OVER w AS t1 FROM {t} WHERE ts
  >= '2026-06-01' AND ts < '2026-06-08' WINDOW w AS (PARTITION BY user_id ORDER BY ts)) WHERE t3 -
  t2 <= INTERVAL 30 MINUTE AND t2 - t1 <= INTERVAL 30 MINUTE GROUP BY e1, e2, e3 ORDER BY c DESC,
  e1::VARCHAR, e2::VARCHAR, e3::VARCHAR LIMIT 100
-- name: Q7
SELECT campaign_id, count(*) AS c, sum(amount) AS s FROM (SELECT user_id, ts, amount FROM {t}
  WHERE event='pay_order' AND ts >= '2026-05-10' AND ts < '2026-06-09') p ASOF JOIN (SELECT
  user_id, ts AS cts, campaign_id FROM {t} WHERE event='ad_click' AND ts >= '2026-05-03' AND ts <
  '2026-06-09') c ON p.user_id=c.user_id AND p.ts >= c.cts WHERE ts - cts <= INTERVAL 7 DAY GROUP
  BY campaign_id
-- name: Q7lin
WITH m AS (SELECT p.user_id, p.ts, p.amount, c.campaign_id FROM (SELECT user_id, ts, amount FROM
  {t} WHERE event='pay_order' AND ts >= '2026-05-10' AND ts < '2026-06-09') p JOIN (SELECT
  user_id, ts AS cts, campaign_id FROM {t} WHERE event='ad_click' AND ts >= '2026-05-03' AND ts <
  '2026-06-09') c ON p.user_id=c.user_id AND c.cts <= p.ts AND c.cts >= p.ts - INTERVAL 7 DAY)
  SELECT campaign_id, round(sum(1.0 / n), 3) FROM (SELECT campaign_id, amount, count(*) OVER
  (PARTITION BY user_id, ts) AS n FROM m) GROUP BY campaign_id
-- name: Q9
SELECT city, count(*) AS n, round(quantile_cont(d, 0.5), 1), round(quantile_cont(d, 0.9), 1) FROM
  (SELECT city, (epoch(ts) - epoch(cts))::UINTEGER AS d FROM (SELECT user_id, ts, city FROM {t}
  WHERE event='pay_order' AND ts >= '2026-05-10' AND ts < '2026-06-09') p ASOF JOIN (SELECT
  user_id, ts AS cts FROM {t} WHERE event='add_to_cart' AND ts >= '2026-05-10' AND ts <
  '2026-06-09') c ON p.user_id=c.user_id AND p.ts >= c.cts) GROUP BY city ORDER BY n DESC, city
  LIMIT 25
-- name: Q10
WITH u AS MATERIALIZED (SELECT user_id, min(ts) AS t0, arg_min(channel, ts) AS ch FROM {u} GROUP
  BY user_id), s AS (SELECT ch, count(*) AS size FROM u GROUP BY ch), p AS (SELECT ch,
  ((epoch(p.ts) - epoch(t0))::BIGINT // 604800) AS w, sum(amount) AS a FROM {u} p JOIN u USING
  (user_id) WHERE p.event='pay_order' GROUP BY ch, w) SELECT ch, w, sum(a) OVER (PARTITION BY ch
  ORDER BY w) AS cum, size FROM p JOIN s USING (ch)
