#include "base/http_client.h"

#include "base/url.h"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

#include <pthread.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <thread>

namespace weir {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using ErrorCodeBoost = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kConnectionsPerOriginMax = 64;  // vendors cap us long before
constexpr size_t kWaitingPerOriginMax = 4096;    // more means the vendor is down: say so at once
constexpr size_t kIdlePerOriginMax = 16;
constexpr std::chrono::seconds kIdleAgeMax{15};  // below the keep-alive time of common servers
constexpr size_t kResponseBytesMax = 16 << 20;

// A socket, plain or under TLS, that outlives calls. Lives on the client's thread.
struct Wire {
  Wire(asio::io_context& io, asio::ssl::context& tls, bool secure) : socket(io) {
    if (secure) stream.emplace(socket, tls);
  }
  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> stream;
  boost::beast::flat_buffer buffer;
  SteadyClock::time_point idle_since;
  bool used = false;  // has carried a call before this one

  // A server that closed an idle connection leaves an end-of-file (or a TLS alert) to read.
  bool looks_alive() {
    ErrorCodeBoost error;
    char byte;
    socket.non_blocking(true, error);
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == asio::error::would_block;
  }
};

struct Call {
  Url url;
  http::request<http::string_body> request;
  std::optional<http::response_parser<http::string_body>> parser;
  HttpClient::Done done;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<asio::steady_timer> timer;
  std::unique_ptr<tcp::resolver> resolver;
  std::string origin;
  DurationMs timeout_ms = 0;
  bool replayable = false;  // the method is safe: asking twice is asking once
  bool sent = false;        // from here on the outcome of a failure is unknown
  bool holds_slot = false;
  bool keep_alive = false;  // the connection may carry another call after this one

  // New parser for a second attempt: Beast's cannot be rewound.
  void reset_parser() {
    parser.emplace();
    parser->body_limit(kResponseBytesMax);
    if (request.method() == http::verb::head) parser->skip(true);
  }
};
using CallPtr = std::shared_ptr<Call>;

struct Origin {
  std::deque<std::unique_ptr<Wire>> idle;  // newest at the back
  std::deque<CallPtr> waiting;
  size_t busy = 0;
};

// What would end a header line starts a header, or a request, of somebody else's choice.
Status check_headers(const HttpHeaders& headers) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  for (const auto& [name, value] : headers.items) {
    bool bad_name = name.empty() || name.find_first_of(" :\t") != std::string::npos ||
                    name.find_first_of(kBreaks) != std::string::npos;
    if (bad_name || value.find_first_of(kBreaks) != std::string::npos) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("request header \"{}\" holds a line break or is not a name",
                              bad_name ? std::string() : name));
    }
  }
  return {};
}

bool is_framing(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection";
}

http::request<http::string_body> to_beast(HttpRequest from, const Url& url) {
  http::request<http::string_body> to;
  to.version(11);
  to.method_string(from.method);
  to.target(url.target);
  bool default_port = url.port == (url.scheme == "https" ? "443" : "80");
  to.set(http::field::host, default_port ? url.host : url.host + ":" + url.port);
  to.set(http::field::user_agent, "weir");
  for (const auto& [name, value] : from.headers.items) {
    if (!is_framing(name)) to.set(name, value);
  }
  to.body() = std::move(from.body);
  bool has_body = !to.body().empty() || from.method == "POST" || from.method == "PUT";
  if (has_body) to.content_length(to.body().size());
  return to;
}

HttpResponse from_beast(http::response<http::string_body> from) {
  HttpResponse to;
  to.status = static_cast<int>(from.result_int());
  for (const auto& field : from) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    to.headers.items.emplace_back(std::move(name), std::string(field.value()));
  }
  to.body = std::move(from.body());
  return to;
}

class BeastHttpClient : public HttpClient {
 public:
  BeastHttpClient() : work_(asio::make_work_guard(io_)) {
    ErrorCodeBoost error;
    tls_.set_default_verify_paths(error);
    tls_.set_verify_mode(asio::ssl::verify_peer, error);
    thread_ = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "http-client");
      io_.run();
    });
  }

  ~BeastHttpClient() override {
    asio::post(io_, [this] {
      stopped_ = true;
      auto open = open_;
      for (const CallPtr& call : open) {
        finish(call, fail(ErrorCode::Unavailable, "the HTTP client stops"));
      }
      origins_.clear();
      work_.reset();
    });
    thread_.join();
  }

  void send(std::string url, HttpRequest request, DurationMs timeout_ms, Done done) override {
    auto parsed = parse_url(url);
    Status headers = check_headers(request.headers);
    if (!parsed || !headers) {
      Error problem = parsed ? headers.error() : parsed.error();
      asio::post(io_, [done = std::move(done), problem = std::move(problem)] {
        done(std::unexpected<Error>(problem));
      });
      return;
    }
    auto call = std::make_shared<Call>();
    call->url = *std::move(parsed);
    call->origin = fmt::format("{}://{}:{}", call->url.scheme, call->url.host, call->url.port);
    call->replayable = request.method == "GET" || request.method == "HEAD";
    call->request = to_beast(std::move(request), call->url);
    call->done = std::move(done);
    call->timeout_ms = timeout_ms;
    call->reset_parser();
    asio::post(io_, [this, call] { admit(call); });
  }

 private:
  void admit(const CallPtr& call) {
    open_.insert(call);
    if (stopped_) return finish(call, fail(ErrorCode::Unavailable, "the HTTP client stops"));
    call->timer = std::make_unique<asio::steady_timer>(io_);
    call->timer->expires_after(std::chrono::milliseconds(call->timeout_ms));
    call->timer->async_wait([this, call](const ErrorCodeBoost& error) {
      if (error) return;
      std::string text =
          fmt::format("{} did not answer within {} ms", call->origin, call->timeout_ms);
      finish(call, fail(ErrorCode::DeadlineExceeded, std::move(text), unsent_field(call)));
    });
    Origin& origin = origins_[call->origin];
    if (origin.busy < kConnectionsPerOriginMax) {
      ++origin.busy;
      call->holds_slot = true;
      return begin(call);
    }
    if (origin.waiting.size() >= kWaitingPerOriginMax) {
      return finish(call, fail(ErrorCode::ResourceExhausted,
                               fmt::format("too many calls wait for {}", call->origin)));
    }
    origin.waiting.push_back(call);
  }

  void begin(const CallPtr& call) {
    Origin& origin = origins_[call->origin];
    auto oldest = SteadyClock::now() - kIdleAgeMax;
    while (!origin.idle.empty()) {
      auto wire = std::move(origin.idle.back());
      origin.idle.pop_back();
      if (wire->idle_since < oldest || !wire->looks_alive()) continue;
      call->wire = std::move(wire);
      return write(call);
    }
    connect(call);
  }

  void connect(const CallPtr& call) {
    bool secure = call->url.scheme == "https";
    call->wire = std::make_unique<Wire>(io_, tls_, secure);
    call->resolver = std::make_unique<tcp::resolver>(io_);
    call->resolver->async_resolve(
        call->url.host, call->url.port,
        [this, call](const ErrorCodeBoost& error, const tcp::resolver::results_type& addresses) {
          if (!is_open(call)) return;
          if (error) return fail_call(call, "cannot resolve", error);
          asio::async_connect(
              call->wire->socket, addresses,
              [this, call](const ErrorCodeBoost& connect_error, const tcp::endpoint&) {
                on_connected(call, connect_error);
              });
        });
  }

  void on_connected(const CallPtr& call, const ErrorCodeBoost& error) {
    if (!is_open(call)) return;
    if (error) return fail_call(call, "cannot connect to", error);
    ErrorCodeBoost ignored;
    call->wire->socket.set_option(tcp::no_delay(true), ignored);
    if (!call->wire->stream) return write(call);
    auto& stream = *call->wire->stream;
    if (SSL_set_tlsext_host_name(stream.native_handle(), call->url.host.c_str()) != 1) {
      return fail_call(call, "cannot name the host in TLS to", asio::error::invalid_argument);
    }
    stream.set_verify_callback(asio::ssl::host_name_verification(call->url.host), ignored);
    stream.async_handshake(asio::ssl::stream_base::client,
                           [this, call](const ErrorCodeBoost& handshake_error) {
                             if (!is_open(call)) return;
                             if (handshake_error) {
                               return fail_call(call, "no trusted TLS with", handshake_error);
                             }
                             write(call);
                           });
  }

  void write(const CallPtr& call) {
    call->sent = true;
    auto on_written = [this, call](const ErrorCodeBoost& error, size_t) {
      if (!is_open(call)) return;
      if (error) return retry_or_fail(call, error);
      read(call);
    };
    if (call->wire->stream) {
      http::async_write(*call->wire->stream, call->request, on_written);
    } else {
      http::async_write(call->wire->socket, call->request, on_written);
    }
  }

  void read(const CallPtr& call) {
    auto on_answer = [this, call](const ErrorCodeBoost& error, size_t) {
      if (!is_open(call)) return;
      if (error) return retry_or_fail(call, error);
      call->keep_alive = call->parser->keep_alive() && call->wire->buffer.size() == 0;
      HttpResponse response = from_beast(call->parser->release());
      finish(call, std::move(response));
    };
    if (call->wire->stream) {
      http::async_read(*call->wire->stream, call->wire->buffer, *call->parser, on_answer);
    } else {
      http::async_read(call->wire->socket, call->wire->buffer, *call->parser, on_answer);
    }
  }

  // A kept connection may die just as it is used again. Only a safe method is tried again: the
  // server may have acted on anything else.
  void retry_or_fail(const CallPtr& call, const ErrorCodeBoost& error) {
    bool fresh = !call->wire->used || call->parser->got_some();
    if (fresh || !call->replayable) return fail_call(call, "no answer from", error);
    call->reset_parser();
    connect(call);
  }

  void fail_call(const CallPtr& call, std::string_view what, const ErrorCodeBoost& error) {
    std::string_view outcome = call->sent ? " (the outcome is unknown)" : "";
    std::string text = fmt::format("{} {}: {}{}", what, call->origin, error.message(), outcome);
    finish(call, fail(ErrorCode::Unavailable, std::move(text), unsent_field(call)));
  }

  // Tells callers that nothing reached the other side (env.h).
  static std::string unsent_field(const CallPtr& call) { return call->sent ? "" : "connection"; }

  bool is_open(const CallPtr& call) const { return open_.contains(call); }

  void finish(const CallPtr& call, Result<HttpResponse> result) {
    if (open_.erase(call) == 0) return;
    if (call->timer) call->timer->cancel();
    if (call->resolver) call->resolver->cancel();
    if (call->holds_slot) release_slot(call, result.has_value());
    auto done = std::move(call->done);
    done(std::move(result));
  }

  void release_slot(const CallPtr& call, bool answered) {
    Origin& origin = origins_[call->origin];
    if (answered && call->keep_alive && origin.idle.size() < kIdlePerOriginMax && !stopped_) {
      call->wire->idle_since = SteadyClock::now();
      call->wire->used = true;
      origin.idle.push_back(std::move(call->wire));
    } else if (call->wire) {
      ErrorCodeBoost ignored;
      call->wire->socket.close(ignored);
    }
    --origin.busy;
    while (!origin.waiting.empty() && !stopped_) {
      CallPtr next = std::move(origin.waiting.front());
      origin.waiting.pop_front();
      if (!is_open(next)) continue;  // its time ran out in the queue
      ++origin.busy;
      next->holds_slot = true;
      asio::post(io_, [this, next] {
        if (is_open(next)) begin(next);
      });
      break;
    }
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::map<std::string, Origin> origins_;
  std::set<CallPtr> open_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() {
  return std::make_unique<BeastHttpClient>();
}

}  // namespace weir
