#pragma once
// Event names that Weir itself produces or gives meaning to. One list, so that connectors, folds
// and the glossary agree (docs/glossary.md).

#include <string_view>

namespace weir::facts {

// From platforms, mapped by connectors.
inline constexpr std::string_view kMpFollow = "mp_follow";  // followed a service account
inline constexpr std::string_view kMpUnfollow = "mp_unfollow";
inline constexpr std::string_view kMpScan =
    "mp_scan";  // scanned a parameterised code; property "scene"
inline constexpr std::string_view kMpMenuClick = "mp_menu_click";  // property "key"
inline constexpr std::string_view kMpMenuView = "mp_menu_view";    // property "url"
inline constexpr std::string_view kMpMessage =
    "mp_message";  // property "msg_type"; text sealed in "content"
inline constexpr std::string_view kWecomFriendAdded =
    "wecom_friend_added";  // "staff_userid", "state"
inline constexpr std::string_view kWecomFriendDeleted =
    "wecom_friend_deleted";                                 // "staff_userid", "by"
inline constexpr std::string_view kSmsReply = "sms_reply";  // sealed "content"

// Consent (L1): properties "channel" ("sms", "mp", "wecom", "*"), "purpose", "method".
inline constexpr std::string_view kConsentGranted = "consent_granted";
inline constexpr std::string_view kConsentWithdrawn = "consent_withdrawn";

// Commerce. Orders: "order_id", "amount_fen", "currency", "sku_ids" (list), "items" (JSON).
inline constexpr std::string_view kAddToCart = "add_to_cart";  // "sku_id", "platform"
inline constexpr std::string_view kRemoveFromCart = "remove_from_cart";
inline constexpr std::string_view kOrderPaid = "order_paid";
inline constexpr std::string_view kOrderRefunded = "order_refunded";
inline constexpr std::string_view kCouponIssued = "coupon_issued";      // "coupon_id", "template"
inline constexpr std::string_view kCouponRedeemed = "coupon_redeemed";  // "coupon_id", "order_id"

// Produced by the folds.
inline constexpr std::string_view kProfilesMerged = "$profiles_merged";  // "from", "into"
inline constexpr std::string_view kProfilesSplit = "$profiles_split";    // "kept", "apart", "cut"
inline constexpr std::string_view kTagChanged = "$tag_changed";          // "tag", "from", "to"
inline constexpr std::string_view kStageChanged = "$stage_changed";      // … of a stage tag (LC1)
inline constexpr std::string_view kSegmentEntered =
    "$segment_entered";  // "segment", "version", "reason", "profile" …
inline constexpr std::string_view kSegmentLeft = "$segment_left";
inline constexpr std::string_view kJourneyEntered = "$journey_entered";  // "journey", "enrollment"
inline constexpr std::string_view kJourneyExited = "$journey_exited";    // … "reason"
inline constexpr std::string_view kMessageSent =
    "$message_sent";  // "channel", "template", "journey", "node"
inline constexpr std::string_view kMessageFailed = "$message_failed";  // … "reason"
inline constexpr std::string_view kMessageSuppressed = "$message_suppressed";

}  // namespace weir::facts
