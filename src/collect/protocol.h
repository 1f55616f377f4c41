#pragma once
// What a wire protocol has to say. One folder of protocols/ each; protocols/protocols.cc lists
// them.

#include "base/http.h"
#include "base/time.h"
#include "collect/refusal.h"
#include "collect/sources.h"
#include "collect/values.h"
#include "model/envelope.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

/// What a whole request means. When there is nothing to store, `answer` is sent at once, else once
/// the records are durable.
struct Intake {
  const Source* source = nullptr;  // null when nobody known sent it
  std::vector<Envelope> accepted;
  std::vector<Refusal> refused;  // kept in quarantine, payload included
  TimeMs sent_time = 0;          // of the request, for replays of what was refused
  ReadCounts counts;
  HttpResponse answer;
};

/// What an item needs to know of the request it came in.
struct ItemContext {
  const Source& source;
  TimeMs received_time = 0;
  TimeMs sent_time = 0;  // 0 = the client did not say
  bool historical = false;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Stable: quarantined items are replayed by it.
  virtual std::string_view name() const = 0;
  virtual bool owns(std::string_view path) const = 0;
  /// Pure: no clock, no state. Runs on an I/O thread. The answer of a bad request is in the Intake
  /// too.
  virtual Intake read(const HttpRequest& request, const SourceRegistry& sources,
                      TimeMs now) const = 0;
  /// Reads one item as a quarantine keeps it. Clears nothing: `out` is a fresh envelope.
  virtual Verdict read_item(Json item, const ItemContext& context, ReadCounts& counts,
                            Envelope& out) const = 0;
  /// What the client understands as "not stored, send again later".
  virtual HttpResponse busy(const Error& error) const = 0;
};

}  // namespace weir::collect
