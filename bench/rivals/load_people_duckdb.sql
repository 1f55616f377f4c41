-- Customers and their events, for the same segments as SQL (bench/driver/audience.py).
-- name: create
CREATE OR REPLACE TABLE users AS SELECT CAST(substr(user_id, 8) AS INTEGER) AS uid, * EXCLUDE (user_id, anonymous_id, openid)
  FROM read_csv('{data}/profiles.csv', header=true);
CHECKPOINT
-- name: load
CREATE OR REPLACE TABLE ev AS SELECT CAST(epoch(ts) AS UINTEGER) AS ts, CAST(substr(user_id, 8) AS INTEGER) AS uid, event,
  channel, platform, city, store_id, item_id, amount_fen FROM read_csv('{data}/events.csv', header=true, delim=',',
  quote='', escape='', columns={'ts':'TIMESTAMP','user_id':'VARCHAR','event':'VARCHAR','channel':'VARCHAR','platform':'VARCHAR',
  'city':'VARCHAR','store_id':'UINTEGER','item_id':'UINTEGER','amount_fen':'UINTEGER'}) ORDER BY event, uid, ts;
CHECKPOINT
