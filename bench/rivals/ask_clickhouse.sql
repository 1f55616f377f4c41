-- Our questions for ClickHouse, each in the fastest form found (others tried: windowFunnel without the
-- semi-join, in-order aggregation, groupBitmap, the customer-first table). use_index_for_in_with_subqueries=0:
-- with user_id as the second key column the index analysis of a large IN set costs more than it saves.
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
