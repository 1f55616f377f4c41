#include "base/http_connection.h"

#include "base/client_gone.h"
#include "base/http_response_text.h"
#include "base/log.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <vector>

namespace weir::http_detail {
namespace {

constexpr size_t kInlineBodyBytes = 16 << 10;  // copied behind the header: one write, one buffer
constexpr size_t kDrainBytesMax = 1 << 20;
constexpr DurationMs kDrainMs = 2 * kSecondMs;
constexpr int64_t kBodyBytesPerSecondMin = 1024;  // RELIABILITY E2: slower peers are cut off
constexpr size_t kHeadKeptBytes = 64 << 10;

int64_t steady_ms() {
  auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

int64_t epoch_s() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

HttpLimits limits_of(const HttpServerOptions& options) {
  HttpLimits limits;
  limits.body_bytes_max = options.body_bytes_max;
  return limits;
}

// Whose request the handler on this thread is working on.
thread_local Connection* handled = nullptr;

// The right to answer one request. Dropping it unused is a bug of the handler, answered with 500
// so that the client does not wait for ever.
class Answer {
 public:
  Answer(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection)
      : loop_(std::move(loop)), connection_(std::move(connection)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (sent_.load(std::memory_order_acquire)) return;
    log::error("http_request_not_answered");
    send(HttpResponse::text(500, "internal error\n"));
  }

  void send(HttpResponse response) {
    if (sent_.exchange(true, std::memory_order_acq_rel)) {
      log::error("http_request_answered_twice");
      return;
    }
    if (loop_->io.get_executor().running_in_this_thread()) {
      if (auto connection = connection_.lock()) connection->respond(std::move(response));
      return;
    }
    // Only a weak pointer travels: a stopped loop must not keep connections alive in its queue.
    boost::asio::post(loop_->io, [weak = connection_, answer = std::move(response)]() mutable {
      if (auto connection = weak.lock()) connection->respond(std::move(answer));
    });
  }

 private:
  std::shared_ptr<Loop> loop_;
  std::weak_ptr<Connection> connection_;
  std::atomic<bool> sent_{false};
};

}  // namespace

Loop::Loop(std::shared_ptr<ServerShared> s)
    : shared(std::move(s)), work(boost::asio::make_work_guard(io)), sweep_timer(io) {}

void Loop::start(int index) {
  sweep();
  thread = std::thread([this, index] {
    std::string name = "http-" + std::to_string(index);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    io.run();
  });
}

// One timer per loop instead of one per connection: a deadline may be late by one tick.
void Loop::sweep() {
  if (shut) return;  // the timer may have fired just before it was cancelled
  int64_t now = steady_ms();
  std::vector<std::shared_ptr<Connection>> overdue;
  for (const auto& connection : connections) {
    if (connection->is_overdue(now)) overdue.push_back(connection);
  }
  for (const auto& connection : overdue) connection->close();
  const HttpServerOptions& options = shared->options;
  int64_t shortest = std::min(options.header_timeout_ms, options.idle_timeout_ms);
  sweep_timer.expires_after(std::chrono::milliseconds(std::clamp<int64_t>(shortest / 4, 10, 500)));
  sweep_timer.async_wait([this](const ErrorCodeBoost& error) {
    if (!error) sweep();
  });
}

void Loop::close_idle() {
  std::vector<std::shared_ptr<Connection>> idle;
  for (const auto& connection : connections) {
    if (connection->is_idle()) idle.push_back(connection);
  }
  for (const auto& connection : idle) connection->close();
}

void Loop::shut_down() {
  shut = true;
  sweep_timer.cancel();
  work.reset();
  auto all = connections;
  for (const auto& connection : all) connection->close();
}

bool ServerShared::enter(const std::string& address) {
  std::lock_guard lock(mutex);
  size_t& count = open_by_address[address];
  if (count >= options.connections_per_address_max) return false;
  ++count;
  return true;
}

void ServerShared::leave(const std::string& address) {
  std::lock_guard lock(mutex);
  auto it = open_by_address.find(address);
  if (it != open_by_address.end() && --it->second == 0) open_by_address.erase(it);
}

Connection::Connection(const std::shared_ptr<Loop>& loop, tcp::socket socket,
                       std::string counted_as)
    : loop_owner_(loop),
      loop_(*loop),
      socket_(std::move(socket)),
      parser_(limits_of(loop->shared->options)),
      counted_as_(std::move(counted_as)) {}

void Connection::start() {
  ErrorCodeBoost error;
  socket_.set_option(tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  auto endpoint = socket_.remote_endpoint(error);
  if (!error) peer_ = endpoint.address().to_string();
  process();
}

void Connection::refuse_overload() {
  refuse(503, "too many connections; try again later\n");
}

void Connection::refuse_address() {
  refuse(429, "too many connections from this address; close some or try again later\n");
}

void Connection::refuse(int status, std::string_view text) {
  ErrorCodeBoost error;
  socket_.non_blocking(true, error);
  phase_ = Phase::Handling;
  keep_alive_ = false;
  HttpResponse answer = HttpResponse::text(status, std::string(text));
  answer.headers.set("retry-after", "1");
  respond(std::move(answer));
}

bool Connection::is_idle() const {
  return phase_ == Phase::Reading && parser_.idle() && begin_ == end_;
}

void Connection::close() {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  ErrorCodeBoost ignored;
  socket_.close(ignored);
  loop_.connections.erase(shared_from_this());
  ServerShared& shared = *loop_.shared;
  if (!counted_as_.empty()) shared.leave(counted_as_);
  if (shared.open.fetch_sub(1) == 1) {
    std::lock_guard lock(shared.mutex);
    shared.all_closed.notify_all();
  }
}

// A handler may answer before it returns. The loop below then goes on to the next pipelined
// request, where recursion would let a client choose our stack depth.
void Connection::process() {
  if (in_process_) return;
  auto self = shared_from_this();
  in_process_ = true;
  while (phase_ == Phase::Reading) {
    begin_ += parser_.feed(std::string_view(buffer_.get() + begin_, end_ - begin_));
    if (parser_.failed()) {
      keep_alive_ = false;
      head_only_ = false;
      http_1_0_ = parser_.is_http_1_0();
      send(HttpResponse::text(parser_.status(), std::string(parser_.reason()) + "\n"));
    } else if (parser_.done()) {
      dispatch();
    } else {
      send_continue();
      read_more();
      break;
    }
  }
  in_process_ = false;
}

void Connection::read_more() {
  if (phase_ != Phase::Reading) return;
  update_deadline();
  HttpRequestParser::Room room = parser_.body_room();
  bool into_body = room.size > 0 && begin_ == end_;
  if (!into_body) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    room = {buffer_.get() + end_, kBufferBytes - end_};
  }
  socket_.async_read_some(
      boost::asio::buffer(room.data, room.size),
      [self = shared_from_this(), into_body](const ErrorCodeBoost& error, size_t size) {
        self->on_read(error, size, into_body);
      });
}

void Connection::on_read(const ErrorCodeBoost& error, size_t size, bool into_body) {
  if (phase_ != Phase::Reading) return;
  if (error) return close();
  if (into_body) {
    parser_.body_received(size);
  } else {
    end_ += size;
  }
  process();
}

void Connection::update_deadline() {
  const HttpServerOptions& options = loop_.shared->options;
  int64_t now = steady_ms();
  Stage stage = Stage::Body;
  if (is_idle()) {
    stage = Stage::Idle;
  } else if (parser_.in_header()) {
    stage = Stage::Header;
  }
  if (stage != stage_ || stage_start_ms_ == 0) stage_start_ms_ = now;
  stage_ = stage;
  // A stage's clock starts once: bytes that trickle in do not prolong it, a body only by its size.
  DurationMs allowed = options.header_timeout_ms;
  if (stage == Stage::Idle && served_) allowed = options.idle_timeout_ms;
  if (stage == Stage::Body) {
    allowed += static_cast<int64_t>(parser_.body_bytes()) * kSecondMs / kBodyBytesPerSecondMin;
  }
  deadline_ms_ = stage_start_ms_ + allowed;
}

void Connection::send_continue() {
  bool wanted = parser_.expects_continue() && parser_.in_body() && parser_.body_bytes() == 0;
  if (!wanted || continue_sent_ || begin_ != end_ || parser_.is_http_1_0()) return;
  continue_sent_ = true;
  constexpr std::string_view kText = "HTTP/1.1 100 Continue\r\n\r\n";
  ErrorCodeBoost error;
  size_t size = socket_.write_some(boost::asio::buffer(kText), error);
  // Nothing else is in the socket's buffer, so 25 bytes fit unless the connection is broken.
  if (error || size != kText.size()) close();
}

void Connection::dispatch() {
  phase_ = Phase::Handling;
  deadline_ms_ = INT64_MAX;  // the handler's time is its own
  stage_start_ms_ = 0;
  served_ = true;
  continue_sent_ = false;
  keep_alive_ = parser_.keep_alive();
  http_1_0_ = parser_.is_http_1_0();
  HttpRequest request = parser_.take();
  head_only_ = request.method == "HEAD";
  request.peer = peer_;
  auto answer = std::make_shared<Answer>(loop_owner_.lock(), weak_from_this());
  ++requests_;
  handled = this;
  try {
    loop_.shared->handler(std::move(request),
                          [answer](HttpResponse response) { answer->send(std::move(response)); });
  } catch (const std::exception& exception) {
    log::error("http_handler_threw", {{"what", exception.what()}});
    if (phase_ == Phase::Handling) answer->send(HttpResponse::text(500, "internal error\n"));
  }
  handled = nullptr;
}

void Connection::watch(std::function<void()> gone) {
  auto ready = [self = shared_from_this(), request = requests_,
                call = std::move(gone)](const ErrorCodeBoost& error) {
    if (self->requests_ != request) return;
    if (error || self->phase_ == Phase::Closed || self->client_closed()) call();
  };
  socket_.async_wait(tcp::socket::wait_read, std::move(ready));
}

/// The socket can be read: is it the end, or the next request?
bool Connection::client_closed() {
  char next;
  ssize_t size = ::recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::respond(HttpResponse response) {
  if (phase_ != Phase::Handling) return;  // closed while the handler worked
  for (const auto& [name, value] : response.headers.items) {
    if (name == "connection" && value == "close") keep_alive_ = false;
  }
  send(std::move(response));
}

void Connection::send(HttpResponse response) {
  phase_ = Phase::Writing;
  if (loop_.shared->stopping.load(std::memory_order_relaxed)) keep_alive_ = false;
  response_ = std::move(response);
  std::string_view body = response_.shared_body ? *response_.shared_body : response_.body;
  if (!status_has_body(response_.status)) body = {};
  head_.clear();
  append_response_head(head_, response_, body.size(), {keep_alive_, http_1_0_}, epoch_s());
  body_ = head_only_ ? std::string_view{} : body;
  if (body_.size() <= kInlineBodyBytes) {
    head_ += body_;
    body_ = {};
  }
  written_ = 0;
  write_more();
}

void Connection::write_more() {
  while (true) {
    size_t head_done = std::min(written_, head_.size());
    std::array<boost::asio::const_buffer, 2> buffers = {
        boost::asio::buffer(head_) + head_done,
        boost::asio::buffer(body_) + (written_ - head_done)};
    if (boost::asio::buffer_size(buffers) == 0) return after_write();
    ErrorCodeBoost error;
    written_ += socket_.write_some(buffers, error);
    if (error == boost::asio::error::would_block) break;
    if (error) return close();
  }
  // The socket is full: go on when the client has read some, or give up when it reads nothing.
  deadline_ms_ = steady_ms() + loop_.shared->options.idle_timeout_ms;
  socket_.async_wait(tcp::socket::wait_write,
                     [self = shared_from_this()](const ErrorCodeBoost& error) {
                       if (self->phase_ != Phase::Writing) return;
                       if (error) return self->close();
                       self->write_more();
                     });
}

void Connection::after_write() {
  response_ = {};
  body_ = {};
  if (head_.capacity() > kHeadKeptBytes) head_ = {};
  if (keep_alive_) {
    phase_ = Phase::Reading;
    process();
    return;
  }
  ErrorCodeBoost error;
  bool all_read = !parser_.failed() && begin_ == end_ && socket_.available(error) == 0 && !error;
  if (all_read) return close();
  // Closing with unread bytes makes the kernel send a reset, which can destroy the answer on its
  // way: so say that we are done, read the rest and throw it away, for a while.
  phase_ = Phase::Draining;
  deadline_ms_ = steady_ms() + kDrainMs;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  if (error) return close();
  drain();
}

void Connection::drain() {
  socket_.async_read_some(boost::asio::buffer(buffer_.get(), kBufferBytes),
                          [self = shared_from_this()](const ErrorCodeBoost& error, size_t size) {
                            if (self->phase_ != Phase::Draining) return;
                            self->drained_ += size;
                            if (error || self->drained_ > kDrainBytesMax) return self->close();
                            self->drain();
                          });
}

}  // namespace weir::http_detail

namespace weir {

bool on_client_gone(std::function<void()> gone) {
  if (http_detail::handled == nullptr) return false;
  http_detail::handled->watch(std::move(gone));
  return true;
}

}  // namespace weir
