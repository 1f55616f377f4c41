-- Customers and their events, for the same segments as SQL (bench/driver/audience.py).
-- name: create
CREATE DATABASE IF NOT EXISTS b ENGINE = Atomic;
CREATE TABLE b.users ENGINE = MergeTree ORDER BY uid AS SELECT toUInt32(substring(user_id, 8)) AS uid, * EXCEPT (user_id,
  anonymous_id, openid) FROM file('{data}/profiles.csv', 'CSVWithNames') SETTINGS schema_inference_make_columns_nullable=0
-- name: load
CREATE TABLE b.ev (ts UInt32 CODEC(Delta, LZ4), uid UInt32 CODEC(Delta, LZ4), event LowCardinality(String), channel
  LowCardinality(String), platform LowCardinality(String), city LowCardinality(String), store_id UInt16, item_id UInt32,
  amount_fen UInt32) ENGINE = MergeTree ORDER BY (event, uid, ts);
INSERT INTO b.ev SELECT toUnixTimestamp(ts), toUInt32(substring(user_id, 8)), event, channel, platform, city, store_id, item_id,
  amount_fen FROM file('{data}/events.csv', 'CSVWithNames', 'ts DateTime(\'UTC\'), user_id String, event String, channel String,
  platform String, city String, store_id UInt16, item_id UInt32, amount_fen UInt32') SETTINGS max_insert_threads=2;
OPTIMIZE TABLE b.ev FINAL
