#pragma once
// One server connection and the loop (one thread) that it lives on. Private to http_server.cc; only
// it and http_connection.cc include this, because it pulls in Asio.
//
//   Reading ──request complete──► Handling ──response──► Writing ──keep alive──► Reading
//      └─bad request─► Writing ──close──► Draining ──► Closed
//
// Invariant: a connection and its Loop's tables are touched by the loop's thread only. Answers from
// other threads are posted to it. One request is handled at a time, so pipelined requests are
// answered in order and a client that does not read cannot make us queue.

#include "base/http_parser.h"
#include "base/http_server.h"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace weir::http_detail {

using boost::asio::ip::tcp;
using ErrorCodeBoost = boost::system::error_code;

class Connection;

/// What all loops of a server share; thread-safe.
struct ServerShared {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<bool> stopping{false};
  std::atomic<size_t> open{0};
  std::mutex mutex;
  std::condition_variable all_closed;
  /// Open connections of each address; guarded by `mutex`. As large as `open` at most.
  absl::flat_hash_map<std::string, size_t> open_by_address;

  /// Counts one more connection of `address`; false when it has as many as it may.
  bool enter(const std::string& address);
  void leave(const std::string& address);
};

/// One thread with its io_context and its connections. Kept alive by the server and by answers
/// that are still to come, so that a late answer finds a (stopped) loop and is dropped.
struct Loop {
  explicit Loop(std::shared_ptr<ServerShared> s);

  void start(int index);
  void sweep();
  void close_idle();
  /// Closes everything and takes nothing more on, so that io.run() can return.
  void shut_down();

  std::shared_ptr<ServerShared> shared;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  boost::asio::steady_timer sweep_timer;
  absl::flat_hash_set<std::shared_ptr<Connection>> connections;
  bool shut = false;
  std::thread thread;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `counted_as`: the address that it was entered under; left when it closes. May be empty.
  Connection(const std::shared_ptr<Loop>& loop, tcp::socket socket, std::string counted_as);

  void start();
  void respond(HttpResponse response);
  /// Answers 503 or 429 and closes: the server, or the peer's address, has all the connections that
  /// it may have.
  void refuse_overload();
  void refuse_address();
  void close();
  bool is_idle() const;
  bool is_overdue(int64_t now_ms) const { return now_ms > deadline_ms_; }
  /// Calls `gone` when the client closes before the request at hand is answered.
  void watch(std::function<void()> gone);

 private:
  enum class Phase { Reading, Handling, Writing, Draining, Closed };
  enum class Stage { Idle, Header, Body };
  static constexpr size_t kBufferBytes = 20 << 10;  // holds the longest header line

  void refuse(int status, std::string_view text);
  void process();
  void read_more();
  void on_read(const ErrorCodeBoost& error, size_t size, bool into_body);
  void update_deadline();
  void send_continue();
  void dispatch();
  bool client_closed();
  void send(HttpResponse response);
  void write_more();
  void after_write();
  void drain();

  std::weak_ptr<Loop> loop_owner_;
  Loop& loop_;  // the loop owns this connection
  tcp::socket socket_;
  HttpRequestParser parser_;
  std::string peer_, counted_as_;
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kBufferBytes);
  size_t begin_ = 0, end_ = 0;  // bytes received and not yet parsed
  std::string head_;            // reused: response header, and a small body behind it
  HttpResponse response_;       // owns a large body while it is written
  std::string_view body_;       // what follows head_ on the wire
  size_t written_ = 0;
  size_t drained_ = 0;
  uint64_t requests_ = 0;  // handled so far: tells a late watch that its request is over
  int64_t deadline_ms_ = INT64_MAX;
  int64_t stage_start_ms_ = 0;
  Phase phase_ = Phase::Reading;
  Stage stage_ = Stage::Idle;
  bool in_process_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool served_ = false;
  bool continue_sent_ = false;
};

}  // namespace weir::http_detail
