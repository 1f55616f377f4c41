import type { JourneyDefinition } from '../../src/shared/api-types'

// SOP 1 and SOP 2 of SEMANTICS §11, as published.
const CART_ABANDON = `{"schema":"weir.journey/1","id":"cart_abandon","version":1,"name":"小程序加购未支付挽回","subject":"person",
 "trigger":{"type":"event","event":"add_to_cart","max_age":"PT24H","filter":{"and":[{"prop":"event.platform","op":"eq","value":"miniprogram"},{"prop":"event.sku_id","op":"in_list","value":"list:promo_skus"}]}},
 "entry":{"key":"event.sku_id","limit":{"mode":"once_per","period":"P7D"},"concurrency":1,"purpose":"marketing"},
 "holdout":{"global":true,"control_pct":10,"salt":"cart_abandon"},
 "goal":{"event":"order_paid","filter":{"prop":"event.sku_ids","op":"has_any","value":["\${entry.event.sku_id}"]},"window":"P7D","exit":true},
 "exit_when":[{"event":"remove_from_cart","filter":{"prop":"event.sku_id","op":"eq","value":"\${entry.event.sku_id}"}},{"event":"consent_withdrawn"}],
 "policy":{"category":"marketing","priority":60,"caps":true,"quiet_hours":{"start":"22:00","end":"08:00","action":"defer"}},
 "start":"w30m","nodes":{
  "w30m":{"type":"wait","for":"PT30M","on":{"done":"coupon"}},
  "coupon":{"type":"issue_coupon","template":"cpn_cart_20","valid":"P3D","budget":"bud_cart","per_person":1,"on":{"ok":"remind1","already_owned":"remind1","out_of_stock":"x_nostock","budget_exhausted":"x_nostock"}},
  "remind1":{"type":"send","message":"msg_cart_coupon","vars":{"sku":"\${entry.event.sku_id}","coupon":"\${nodes.coupon.coupon_id}"},"chain":[
     {"channel":"mp_template","template":"tm_cart"},
     {"channel":"wecom_guide_task","template":"wk_cart","when":["not_subscribed","user_refused","no_identifier","window_expired"],"receipt_timeout":"PT4H","staff":"binding|nearest_store"},
     {"channel":"sms","template":"sms_cart","when":["*"]}],"on":{"sent":"w3d","failed":"w3d","suppressed":"w3d"}},
  "w3d":{"type":"wait","for":"P3D","on":{"done":"check"}},
  "check":{"type":"branch","cases":[
     {"if":{"done":{"event":"coupon_redeemed","since":"entry","filter":{"prop":"event.coupon_id","op":"eq","value":"\${nodes.coupon.coupon_id}"}}},"to":"x_goal"},
     {"if":{"done":{"event":"order_paid","since":"entry","filter":{"prop":"event.sku_ids","op":"has_any","value":["\${entry.event.sku_id}"]}}},"to":"x_goal"}],"else":"remind2"},
  "remind2":{"type":"send","message":"msg_cart_last","chain":[{"channel":"sms","template":"sms_cart_last"},{"channel":"wecom_guide_task","template":"wk_cart_last","when":["*"],"receipt_timeout":"PT24H"}],"on":{"sent":"x_end","failed":"x_end","suppressed":"x_end"}},
  "x_goal":{"type":"exit","reason":"goal"},"x_end":{"type":"exit","reason":"end"},"x_nostock":{"type":"exit","reason":"no_stock"}}}`

const FOLLOW_TO_WECOM = `{"schema":"weir.journey/1","id":"follow_to_wecom","version":2,"name":"关注欢迎与引导加企微","subject":"person",
 "trigger":{"type":"event","event":"mp_follow","max_age":"PT1H"},
 "entry":{"limit":{"mode":"once_per","period":"P180D"},"concurrency":1,"purpose":"service"},
 "holdout":{"global":true,"control_pct":0,"salt":"follow_to_wecom"},
 "goal":{"event":"wecom_friend_added","window":"P7D","exit":false},
 "exit_when":[{"event":"mp_unfollow"}],
 "policy":{"category":"service","priority":80,"caps":true,"quiet_hours":{"start":"22:00","end":"08:00","action":"defer"}},
 "start":"src","nodes":{
  "src":{"type":"set_tag","tag":"follow_source","value":"\${entry.event.scene}","on":{"ok":"welcome"}},
  "welcome":{"type":"send","message":"msg_welcome","transactional":true,"chain":[{"channel":"mp_customer_service","template":"cs_welcome"},{"channel":"mp_template","template":"tm_welcome","when":["window_expired","provider_error"]}],"on":{"sent":"isfriend","failed":"isfriend","suppressed":"isfriend"}},
  "isfriend":{"type":"branch","cases":[{"if":{"guide":{"op":"has_wecom_friend"}},"to":"task_known"}],"else":"w10m"},
  "w10m":{"type":"wait_event","event":"mini_program_open","timeout":"PT10M","on":{"matched":"invite_b","timeout":"invite_a"}},
  "invite_a":{"type":"send","message":"msg_live_code_benefit","chain":[{"channel":"mp_customer_service","template":"cs_livecode"}],"on":{"sent":"waitadd1","failed":"waitadd1","suppressed":"waitadd1"}},
  "invite_b":{"type":"send","message":"msg_live_code_product","chain":[{"channel":"mp_customer_service","template":"cs_livecode_product"}],"on":{"sent":"waitadd1","failed":"waitadd1","suppressed":"waitadd1"}},
  "waitadd1":{"type":"wait_event","event":"wecom_friend_added","timeout":"PT24H","on":{"matched":"coupon","timeout":"w_eve"}},
  "w_eve":{"type":"wait_until","at":"20:00","on":{"done":"remind"}},
  "remind":{"type":"send","message":"msg_live_code_last","chain":[{"channel":"mp_customer_service","template":"cs_livecode_last"},{"channel":"mp_template","template":"tm_livecode","when":["window_expired"]}],"on":{"sent":"waitadd2","failed":"x_no","suppressed":"x_no"}},
  "waitadd2":{"type":"wait_event","event":"wecom_friend_added","timeout":"P3D","on":{"matched":"coupon","timeout":"mark"}},
  "mark":{"type":"set_tag","tag":"wecom_status","value":"未加企微","on":{"ok":"x_no"}},
  "coupon":{"type":"issue_coupon","template":"cpn_newfriend","valid":"P7D","per_person":1,"budget":"bud_new","on":{"ok":"wk_welcome","already_owned":"wk_welcome","out_of_stock":"wk_welcome","budget_exhausted":"wk_welcome"}},
  "wk_welcome":{"type":"send","message":"msg_wk_welcome","transactional":true,"chain":[{"channel":"wecom_welcome","template":"wk_welcome"},{"channel":"wecom_guide_task","template":"wk_hello","when":["*"],"receipt_timeout":"PT24H"}],"on":{"sent":"task_new","failed":"task_new","suppressed":"task_new"}},
  "task_new":{"type":"assign_task","task":"首次沟通:了解需求","due":"PT2H","business_hours":true,"staff":"binding","on":{"ok":"x_goal","no_staff":"x_goal"}},
  "task_known":{"type":"assign_task","task":"老客关注服务号,告知新品","due":"P1D","staff":"binding","on":{"ok":"x_end","no_staff":"x_end"}},
  "x_goal":{"type":"exit","reason":"goal"},"x_no":{"type":"exit","reason":"not_added"},"x_end":{"type":"exit","reason":"already_friend"}}}`

export const DEFINITIONS: JourneyDefinition[] = [
  JSON.parse(CART_ABANDON) as JourneyDefinition,
  JSON.parse(FOLLOW_TO_WECOM) as JourneyDefinition,
]
