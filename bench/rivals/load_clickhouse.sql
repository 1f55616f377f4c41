-- Two tables, one for each sort order; questions use the better one. LowCardinality columns are read as
-- String and converted on insert: the CSV reader is 3x slower when asked for LowCardinality directly.
-- name: create
CREATE DATABASE IF NOT EXISTS b ENGINE = Atomic;
CREATE TABLE IF NOT EXISTS b.ev_u (ts DateTime('UTC') CODEC(Delta, LZ4), user_id UInt32
  CODEC(Delta, LZ4), event LowCardinality(String), channel LowCardinality(String), platform
  LowCardinality(String), city LowCardinality(String), campaign_id UInt16, store_id UInt16,
  item_id UInt32, amount Decimal(12,2)) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY
  (user_id, ts);
CREATE TABLE IF NOT EXISTS b.ev_e (ts DateTime('UTC') CODEC(Delta, LZ4), user_id UInt32
  CODEC(Delta, LZ4), event LowCardinality(String), channel LowCardinality(String), platform
  LowCardinality(String), city LowCardinality(String), campaign_id UInt16, store_id UInt16,
  item_id UInt32, amount Decimal(12,2)) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY
  (event, user_id, ts)
-- name: load_users
CREATE TABLE IF NOT EXISTS b.users (user_id UInt32, city LowCardinality(String), reg_channel
  LowCardinality(String), platform LowCardinality(String), level UInt8) ENGINE = MergeTree ORDER BY
  user_id;
INSERT INTO b.users SELECT * FROM file('{data}/users.csv', 'CSVWithNames',
  'user_id UInt32, city String, reg_channel String, platform String, level UInt8')
-- name: load_u
INSERT INTO b.ev_u SELECT * FROM file('{data}/events.csv', 'CSVWithNames',
  'ts DateTime(\'UTC\'), user_id UInt32, event String, channel String, platform String, city String, campaign_id UInt16, store_id UInt16, item_id UInt32, amount Decimal(12,2)')
  SETTINGS min_insert_block_size_rows=4000000, min_insert_block_size_bytes=1000000000,
  max_insert_threads=2, max_partitions_per_insert_block=0
-- name: optimize_u
OPTIMIZE TABLE b.ev_u FINAL
-- name: load_e
INSERT INTO b.ev_e SELECT * FROM b.ev_u SETTINGS min_insert_block_size_rows=4000000,
  min_insert_block_size_bytes=1000000000, max_insert_threads=2
-- name: optimize_e
OPTIMIZE TABLE b.ev_e FINAL
-- name: sizes
SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes), count() FROM
  system.parts WHERE active AND database='b' GROUP BY table ORDER BY table
