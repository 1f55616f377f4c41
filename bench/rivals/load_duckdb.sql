-- Two tables, one for each sort order; questions use the better one.
-- name: create
CREATE TYPE event_t AS ENUM
  ('app_launch','mp_launch','page_view','scan_qr','follow_oa','unfollow_oa','menu_click','add_wecom','delete_wecom','join_group','leave_group','group_message','private_message','push_receive','push_click','ad_impression','ad_click','search','view_item','favorite','add_to_cart','remove_cart','coupon_view','coupon_receive','coupon_redeem','submit_order','pay_order','cancel_order','refund','review','share','invite_success','live_enter','live_leave','live_comment','checkin','points_earn','points_redeem','form_submit','customer_service');
CREATE TYPE channel_t AS ENUM
  ('oa_menu','mini_program','wecom','group','channels_live','moments_ad','search_ad','offline_qr','sms','h5','app','referral');
CREATE TYPE platform_t AS ENUM ('wechat_ios','wechat_android','app_ios','app_android','h5','pc')
-- name: load_users
CREATE OR REPLACE TABLE users AS SELECT * FROM read_csv('{data}/users.csv', header=true,
  columns={'user_id':'UINTEGER','city':'VARCHAR','reg_channel':'channel_t','platform':'platform_t','level':'UTINYINT'})
  ORDER BY user_id
-- name: load_u
CREATE OR REPLACE TABLE ev_u AS SELECT * FROM read_csv('{data}/events.csv', header=true,
  delim=',', quote='', escape='',
  columns={'ts':'TIMESTAMP','user_id':'UINTEGER','event':'event_t','channel':'channel_t','platform':'platform_t','city':'VARCHAR','campaign_id':'USMALLINT','store_id':'USMALLINT','item_id':'UINTEGER','amount':'DECIMAL(12,2)'})
  ORDER BY user_id, ts;
CHECKPOINT
-- name: load_e
CREATE OR REPLACE TABLE ev_e AS SELECT * FROM ev_u ORDER BY event, user_id, ts;
CHECKPOINT
