#pragma once
// The record of the log. Everything that happens is one of these (DESIGN §1): what SDKs send, what
// vendors call back, imports, edits of definitions, clock ticks, and what became of a send.

#include "base/time.h"
#include "model/identity.h"
#include "model/value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Stored numbers; never reuse one.
enum class RecordKind : uint8_t {
  Track = 1,     // an event; `name` is its name
  Identify = 2,  // traits and identities of one person; event `name`, "$identify" when it is empty
  Page = 3,      // stored as event "$pageview"; page name in property "$page_name"
  Screen = 4,    // stored as event "$screen"
  Group = 5,     // event "$group" with property "group_id"; traits are the group's
  Alias = 6,     // links identities[0] and identities[1]
  Definition = 16,   // `name` = "<type>/<id>", property "body" JsonText; empty body = deleted
  Tick = 17,         // time passes: timers due by `received_time` fire
  Attempt = 18,      // a send attempt asks to start; `name` = effect key (RELIABILITY rule 3)
  Outcome = 19,      // what the vendor answered to an attempt; `name` = effect key
  Receipt = 20,      // an asynchronous receipt; property "vendor_id" or "effect_key"
  Erase = 21,        // erase the person of identities[0]
  Quarantine = 22,   // an input that was refused and kept; see collect/quarantine
  Released = 23,     // a quarantined input was replayed or discarded; `name` = its id
  ImportChunk = 24,  // many rows of imported history (model/event_chunk.h) in property "rows";
                     // `name` = the import's id
};

/// How far a source can be believed (RELIABILITY rule 6). Public-key events never move money.
enum class Trust : uint8_t { Public = 1, Server = 2, Verified = 3 };

enum class TraitOp : uint8_t { Set = 1, SetOnce = 2, Increment = 3, Append = 4, Unset = 5 };

struct TraitChange {
  TraitOp op = TraitOp::Set;
  std::string name;
  Value value;
  bool operator==(const TraitChange&) const = default;
};

struct Envelope {
  RecordKind kind = RecordKind::Track;
  Trust trust = Trust::Public;
  bool historical = false;  // imported history: never triggers (JN3), may be older than a year (G8)
  bool is_test = false;
  bool time_fixed =
      false;  // G8: the client's clock was ahead and the time was set to received_time
  std::string
      source;  // name of the source: a write key's name, "wechat:main", "import:orders", "weir"
  std::string message_id;  // dedupe key within the source (G7)
  std::string name;
  TimeMs event_time = 0;
  TimeMs sent_time = 0;  // 0 = the client did not say
  TimeMs received_time = 0;
  std::vector<Identity> identities;  // the first is the one the event is stored under
  Properties properties;
  std::vector<TraitChange> traits;

  bool operator==(const Envelope&) const = default;
};

/// Name under which the record appears in the behaviour store; empty for kinds that are not events.
std::string_view event_name(const Envelope& envelope);

/// Property of an ImportChunk record that holds its rows.
inline constexpr std::string_view kChunkRows = "rows";

/// JSON text of a Definition record; empty when the definition was deleted.
std::string_view definition_body(const Envelope& envelope);

/// Bytes of an envelope, appended to `out`. Layout: docs/internals/envelope.md.
void encode(const Envelope& envelope, std::string& out);
/// DataLoss when the bytes are not an envelope of a known version.
Result<Envelope> decode_envelope(std::string_view bytes);

/// Bytes of one value, the same as inside an envelope; for rows that store values.
std::string encode_value(const Value& value);
Result<Value> decode_value(std::string_view bytes);

}  // namespace weir
