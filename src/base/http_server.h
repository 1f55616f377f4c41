#pragma once
// HTTP/1.1 server over Asio with a strict parser of its own (http_parser.h): Beast repairs requests
// that must be refused here. Limits of RELIABILITY E1–E3: headers 16 KiB, URL 8 KiB, body by
// `body_bytes_max`, header and idle timeouts, ambiguous framing (CL+TE, duplicate CL, obs-fold,
// bare LF) refused with 400 and the connection closed.

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  // 0 = any free port, see port()
  int threads = 2;
  size_t body_bytes_max = 4 << 20;
  size_t connections_max = 4096;
  size_t connections_per_address_max = 512;      // open at a time; IPv6 counts by /64
  std::vector<std::string> uncounted_addresses;  // proxies: their connections are other people's
  DurationMs header_timeout_ms = 10 * kSecondMs;
  DurationMs idle_timeout_ms = 60 * kSecondMs;
};

class HttpServer {
 public:
  /// Listens and serves until stop(). `handler` is called on the server's threads.
  static Result<std::unique_ptr<HttpServer>> open(HttpServerOptions options, HttpHandler handler);
  virtual ~HttpServer() = default;
  virtual uint16_t port() const = 0;
  /// Stops accepting, lets requests in flight finish for up to `grace_ms`, then closes.
  virtual void stop(DurationMs grace_ms) = 0;
};

}  // namespace weir
