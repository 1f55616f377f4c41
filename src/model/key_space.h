#pragma once
// Prefixes of the StateStore, one byte each, one owner each. Nobody else reads or writes them.

#include <string>
#include <string_view>

namespace weir::key_space {

inline constexpr char kPipeline = 'c';    // pipeline: cursor, dedupe generations, timers
inline constexpr char kQuarantine = 'q';  // collect: refused inputs
inline constexpr char kIdentity = 'i';    // identity: identities, profiles, ledger, rules
inline constexpr char kProfile = 'p';     // profile: traits, consent, contacts
inline constexpr char kTags = 't';        // tags: definitions, values
inline constexpr char kSegments = 's';    // segments: definitions, members, counters
inline constexpr char kJourney = 'j';     // journey: definitions, enrollments, counters
inline constexpr char kPlays = 'y';       // plays: coupon templates, coupons
inline constexpr char kMessaging = 'm';   // messaging: intents, templates, caps, suppression
inline constexpr char kConnectors = 'n';  // connectors: nothing that must survive a token refresh
inline constexpr char kBehaviour = 'b';   // analytics: cursor of the behaviour store
inline constexpr char kBoards = 'd';      // boards: saved questions, boards
inline constexpr char kOperators = 'o';   // api: operators and their password hashes
inline constexpr char kVault = 'v';       // privacy: keys; a store of its own, see ADR 0003

}  // namespace weir::key_space
