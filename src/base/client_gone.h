#pragma once
// Lets the handler of a request learn that its client went away, so that work nobody waits for can
// stop.

#include <functional>

namespace weir {

/// To be called within an HttpHandler, on the thread that runs it: `gone` is called once, on the
/// connection's thread, when the client closes the connection before the request is answered. It
/// may also be called after the answer, or never (the client has sent more requests, which only
/// reading would tell from a close); false when there is no connection to watch, as in tests.
bool on_client_gone(std::function<void()> gone);

}  // namespace weir
