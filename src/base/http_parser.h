#pragma once
// A strict HTTP/1.1 request parser without I/O, used by the server and by fuzzers. Strict because a
// proxy in front may read an ambiguous request otherwise than we do (RELIABILITY E3): what RFC
// 9112 lets a recipient repair is refused here.

#include "base/http.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

struct HttpLimits {
  size_t header_bytes_max = 16 << 10;  // request line and fields; more would be memory for nothing
  size_t target_bytes_max = 8 << 10;
  size_t header_count_max = 100;
  size_t body_bytes_max = 4 << 20;
};

/// Feed it bytes until done() or failed(); then take() the request, which starts the next one.
class HttpRequestParser {
 public:
  explicit HttpRequestParser(const HttpLimits& limits) : limits_(limits) {}

  /// Takes what it can use from the front of `data` and returns how much. Bytes not taken must be
  /// offered again with more behind them; after done() they belong to the next request.
  size_t feed(std::string_view data);

  bool done() const { return state_ == State::Done; }
  bool failed() const { return state_ == State::Failed; }
  /// True before the first byte of a request.
  bool idle() const { return state_ == State::RequestLine && header_bytes_ == 0; }
  bool in_header() const { return state_ == State::RequestLine || state_ == State::Fields; }
  bool in_body() const { return !in_header() && !done() && !failed(); }

  /// While the rest of a sized body is missing: room to receive it without a copy; else size 0.
  struct Room {
    char* data;
    size_t size;
  };
  Room body_room();
  /// `size` bytes were written to body_room().
  void body_received(size_t size);

  /// After failed(): the HTTP status to answer with, and why.
  int status() const { return status_; }
  std::string_view reason() const { return reason_; }

  /// Valid from the end of the header until take().
  const HttpRequest& request() const { return request_; }
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return http_1_0_; }
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }
  size_t body_bytes() const { return received_; }

  HttpRequest take();

 private:
  enum class State : uint8_t {
    RequestLine,
    Fields,
    SizedBody,
    ChunkSize,
    ChunkData,
    ChunkEnd,
    Trailers,
    Done,
    Failed
  };

  size_t feed_line(std::string_view data);
  size_t feed_sized_body(std::string_view data);
  size_t feed_chunk_data(std::string_view data);
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_target(std::string_view target);
  bool on_field(std::string_view line, bool trailer);
  void on_known_field(std::string_view name, std::string_view value);
  void on_content_length(std::string_view value);
  void on_connection(std::string_view value);
  void on_header_end();
  void on_chunk_size(std::string_view line);
  void refuse(int status, std::string_view reason);
  size_t line_bytes_max() const;

  HttpLimits limits_;
  State state_ = State::RequestLine;
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  bool has_host_ = false;
  bool skipped_empty_line_ = false;
  int status_ = 0;
  size_t header_bytes_ = 0;
  size_t trailer_bytes_ = 0;
  size_t length_ = 0;    // of the body, or of the chunk in hand
  size_t received_ = 0;  // body bytes so far
  size_t chunk_left_ = 0;
  std::string_view reason_;
  HttpRequest request_;
};

}  // namespace weir
