-- Our questions for ClickHouse, each in the fastest form found (others tried: windowFunnel without the
-- semi-join, in-order aggregation, groupBitmap, one-pass arrays). {t} = sorted by event, {u} = by customer.
-- use_index_for_in_with_subqueries=0: with user_id as the second key column the index analysis of a large
-- IN set costs more than it saves. Strings in aggregate states are packed under the time where that is faster.
-- Q5's levels lie a hair below the fifths: where a fifth is a whole number of people, quantilesExact takes the
-- person behind the cut.
-- name: Q1
SELECT toDate(ts) AS d, channel, count() AS c, uniqExact(user_id) AS u FROM {t} WHERE
  event='view_item' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00' GROUP BY d,
  channel
-- name: Q2
SELECT level, count() FROM (SELECT user_id, windowFunnel(604800)(ts, event='ad_click',
  event='view_item', event='pay_order') AS level FROM {t} WHERE event IN
  ('ad_click','view_item','pay_order') AND ts >= '2026-05-10 00:00:00' AND ts <
  '2026-06-09 00:00:00' AND user_id IN (SELECT user_id FROM {t} WHERE event='ad_click' AND ts >=
  '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') GROUP BY user_id) WHERE level > 0 GROUP BY
  level SETTINGS use_index_for_in_with_subqueries=0
-- name: Q2five
SELECT level, count() FROM (SELECT user_id, windowFunnel(604800)(ts, event='mp_launch',
  event='view_item', event='add_to_cart', event='submit_order', event='pay_order') AS level FROM
  {t} WHERE event IN ('mp_launch','view_item','add_to_cart','submit_order','pay_order') AND ts >=
  '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00' AND user_id IN (SELECT user_id FROM {t}
  WHERE event='mp_launch' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') GROUP BY
  user_id) WHERE level > 0 GROUP BY level SETTINGS use_index_for_in_with_subqueries=0
-- name: Q2b
SELECT
  ['oa_menu','mini_program','wecom','group','channels_live','moments_ad','search_ad','offline_qr','sms','h5','app','referral'][bitAnd(f,
  255) + 1] AS ch, level, count() FROM (SELECT user_id,
  minIf(bitOr(bitShiftLeft(toUInt64(toUInt32(ts)), 8), toUInt64(transform(channel,
  ['oa_menu','mini_program','wecom','group','channels_live','moments_ad','search_ad','offline_qr','sms','h5','app','referral'],
  [0,1,2,3,4,5,6,7,8,9,10,11], 0))), event='mp_launch') AS f, windowFunnel(604800)(ts,
  event='mp_launch', event='view_item', event='add_to_cart', event='submit_order',
  event='pay_order') AS level FROM {t} WHERE event IN
  ('mp_launch','view_item','add_to_cart','submit_order','pay_order') AND ts >=
  '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00' AND user_id IN (SELECT user_id FROM {t}
  WHERE event='mp_launch' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') GROUP BY
  user_id) WHERE level > 0 GROUP BY ch, level SETTINGS use_index_for_in_with_subqueries=0
-- name: Q3
SELECT d0, n, uniqExact(user_id) FROM (SELECT user_id, d0, toDate(ts) - d0 AS n FROM (SELECT
  user_id, ts FROM {t} WHERE event='app_launch' AND ts >= '2026-05-01 00:00:00') AS r INNER JOIN
  (SELECT user_id, toDate(min(ts)) AS d0, min(ts) AS t0 FROM {t} WHERE event='follow_oa' GROUP BY
  user_id HAVING min(ts) >= '2026-05-01 00:00:00' AND min(ts) < '2026-05-31 00:00:00') AS c USING
  (user_id) WHERE ts > t0) WHERE n BETWEEN 0 AND 30 GROUP BY d0, n
-- name: Q4
SELECT count() FROM (SELECT user_id FROM {t} WHERE event IN ('pay_order','refund','add_to_cart')
  AND ts >= '2026-04-01 00:00:00' AND user_id IN (SELECT user_id FROM b.users WHERE city IN
  ('city_3','city_5','city_8','city_11','city_15','city_21','city_30','city_44','city_60','city_90'))
  GROUP BY user_id HAVING countIf(event='pay_order') >= 2 AND sumIf(amount, event='pay_order') >
  500 AND countIf(event='refund') = 0 AND maxIf(ts, event='add_to_cart') >= '2026-06-23 00:00:00'
  AND maxIf(ts, event='add_to_cart') > maxIf(ts, event='pay_order')) SETTINGS
  use_index_for_in_with_subqueries=0
-- name: Q5
SELECT length(arrayFilter(x -> r > x, qr)) AS rs, length(arrayFilter(x -> f > x, qf)) AS fs,
  length(arrayFilter(x -> m > x, qm)) AS ms, count() FROM (SELECT groupArray(r) AS ra,
  groupArray(f) AS fa, groupArray(m) AS ma, quantilesExact(0.199999999,0.399999999,0.599999999,0.799999999)(r) AS qr,
  quantilesExact(0.199999999,0.399999999,0.599999999,0.799999999)(f) AS qf, quantilesExact(0.199999999,0.399999999,0.599999999,0.799999999)(m) AS qm FROM (SELECT
  user_id, -toInt32(toDateTime('2026-06-30 00:00:00','UTC') - max(ts)) AS r, toUInt32(count()) AS
  f, toUInt64(sum(amount)*100) AS m FROM {t} WHERE event='pay_order' GROUP BY user_id)) ARRAY JOIN
  ra AS r, fa AS f, ma AS m GROUP BY rs, fs, ms
-- name: Q6
SELECT e1, e2, e3, count() AS c FROM (SELECT event AS e3, ts AS t3, lagInFrame(event, 1) OVER w AS
  e2, lagInFrame(event, 2) OVER w AS e1, lagInFrame(ts, 1) OVER w AS t2, lagInFrame(ts, 2) OVER w
  AS t1 FROM {u} WHERE ts >= '2026-06-01 00:00:00' AND ts < '2026-06-08 00:00:00' WINDOW w AS
  (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) WHERE t3 - t2 <=
  1800 AND t2 - t1 <= 1800 GROUP BY e1, e2, e3 ORDER BY c DESC, e1, e2, e3 LIMIT 100
-- name: Q7
SELECT campaign_id, count() AS c, sum(amount) AS s FROM (SELECT user_id, ts, amount FROM {t} WHERE
  event='pay_order' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') AS p ASOF JOIN
  (SELECT user_id, ts AS cts, campaign_id FROM {t} WHERE event='ad_click' AND ts >=
  '2026-05-03 00:00:00' AND ts < '2026-06-09 00:00:00') AS c ON p.user_id = c.user_id AND p.ts >=
  c.cts WHERE ts - cts <= 604800 GROUP BY campaign_id
-- name: Q7lin
SELECT campaign_id, round(sum(share), 3) FROM (SELECT c.campaign_id AS campaign_id, 1 / count()
  OVER (PARTITION BY user_id, ts) AS share FROM (SELECT user_id, ts, amount FROM {t} WHERE
  event='pay_order' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') AS p INNER
  JOIN (SELECT user_id, ts AS cts, campaign_id FROM {t} WHERE event='ad_click' AND ts >=
  '2026-05-03 00:00:00' AND ts < '2026-06-09 00:00:00') AS c ON p.user_id = c.user_id WHERE cts <=
  ts AND cts >= ts - 604800) GROUP BY campaign_id
-- name: Q9
SELECT city, count() AS n, round(quantileExactInclusive(0.5)(d), 1),
  round(quantileExactInclusive(0.9)(d), 1) FROM (SELECT city, ts - cts AS d FROM (SELECT user_id,
  ts, city FROM {t} WHERE event='pay_order' AND ts >= '2026-05-10 00:00:00' AND ts <
  '2026-06-09 00:00:00') AS p ASOF JOIN (SELECT user_id, ts AS cts FROM {t} WHERE
  event='add_to_cart' AND ts >= '2026-05-10 00:00:00' AND ts < '2026-06-09 00:00:00') AS c ON
  p.user_id = c.user_id AND p.ts >= c.cts) GROUP BY city ORDER BY n DESC, city LIMIT 25
-- name: Q10
SELECT
  ['oa_menu','mini_program','wecom','group','channels_live','moments_ad','search_ad','offline_qr','sms','h5','app','referral'][ch
  + 1] AS c, w, sum(s) OVER (PARTITION BY ch ORDER BY w) AS cum, sum(n) OVER (PARTITION BY ch) AS
  size FROM (SELECT ch, p.1 AS w, sum(p.2) AS s, sum(p.3) AS n FROM (SELECT bitAnd(f, 255) AS ch,
  arrayJoin(arrayPushBack(arrayMap(x -> (toUInt32(intDiv(x.1 - bitShiftRight(f, 8), 604800)),
  toDecimal64(x.2, 2), toUInt8(0)), ps), (toUInt32(0), toDecimal64(0, 2), toUInt8(1)))) AS p FROM
  (SELECT user_id, min(bitOr(bitShiftLeft(toUInt64(toUInt32(ts)), 8), toUInt64(transform(channel,
  ['oa_menu','mini_program','wecom','group','channels_live','moments_ad','search_ad','offline_qr','sms','h5','app','referral'],
  [0,1,2,3,4,5,6,7,8,9,10,11], 0)))) AS f, groupArrayIf((toUInt32(ts), amount), event='pay_order')
  AS ps FROM {u} GROUP BY user_id)) GROUP BY ch, w)
