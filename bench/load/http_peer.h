#pragma once
// The client side of one keep-alive HTTP/1.1 connection, as little of it as a load generator needs,
// so that the generator takes as little as possible of the cores it shares with the server.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::bench {

struct Address {
  std::string host;  // IPv4, e.g. 127.0.0.1
  uint16_t port = 0;
};

/// Connects and returns the socket; ends the program with a clear sentence when it cannot.
int connect_or_exit(const Address& address, bool blocking);

/// A POST with a JSON body, ready for the wire.
std::string post_text(const Address& address, std::string_view path, std::string_view body);

/// Collects the bytes of one response.
class ResponseReader {
 public:
  enum class State { Incomplete, Complete, Broken };
  /// Takes bytes as they came. Complete: status() is known and the next response starts afresh.
  State take(std::string_view bytes);
  int status() const { return status_; }

 private:
  std::string bytes_;
  int status_ = 0;
};

/// Microseconds of the steady and of the wall clock.
int64_t steady_us();
int64_t wall_us();

}  // namespace weir::bench
