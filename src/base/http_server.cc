#include "base/http_server.h"

#include "base/http_connection.h"
#include "base/log.h"
#include "base/net_address.h"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <chrono>
#include <vector>

namespace weir {
namespace {

using http_detail::Connection;
using http_detail::ErrorCodeBoost;
using http_detail::Loop;
using http_detail::ServerShared;
using http_detail::tcp;

constexpr DurationMs kAcceptRetryMs = 100;

class AsioHttpServer : public HttpServer {
 public:
  AsioHttpServer(HttpServerOptions options, HttpHandler handler)
      : shared_(std::make_shared<ServerShared>()) {
    shared_->options = std::move(options);
    shared_->handler = std::move(handler);
    int count = std::max(1, shared_->options.threads);
    for (int i = 0; i < count; ++i) loops_.push_back(std::make_shared<Loop>(shared_));
    acceptor_ = std::make_unique<tcp::acceptor>(loops_[0]->io);
    retry_ = std::make_unique<boost::asio::steady_timer>(loops_[0]->io);
  }

  ~AsioHttpServer() override { stop(0); }

  Status listen() {
    const HttpServerOptions& options = shared_->options;
    ErrorCodeBoost error;
    auto address = boost::asio::ip::make_address(options.host, error);
    if (error) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("listen address \"{}\" is no IP address; use 127.0.0.1 or 0.0.0.0",
                              options.host));
    }
    tcp::endpoint endpoint(address, options.port);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(boost::asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(ErrorCode::Unavailable, fmt::format("cannot listen on {}:{}: {}", options.host,
                                                      options.port, error.message()));
    }
    port_ = acceptor_->local_endpoint(error).port();
    return {};
  }

  void run() {
    accept();
    for (size_t i = 0; i < loops_.size(); ++i) loops_[i]->start(static_cast<int>(i));
    started_ = true;
  }

  uint16_t port() const override { return port_; }

  void stop(DurationMs grace_ms) override {
    std::lock_guard stop_lock(stop_mutex_);
    if (!started_) return;
    started_ = false;
    for (const auto& loop : loops_) {
      WEIR_ASSERT(std::this_thread::get_id() != loop->thread.get_id());
    }
    shared_->stopping = true;
    boost::asio::post(loops_[0]->io, [this] {
      ErrorCodeBoost ignored;
      acceptor_->close(ignored);
      retry_->cancel();
    });
    for (const auto& loop : loops_) {
      boost::asio::post(loop->io, [raw = loop.get()] { raw->close_idle(); });
    }
    {
      std::unique_lock lock(shared_->mutex);
      shared_->all_closed.wait_for(lock, std::chrono::milliseconds(grace_ms),
                                   [this] { return shared_->open == 0; });
    }
    for (const auto& loop : loops_) {
      boost::asio::post(loop->io, [raw = loop.get()] { raw->shut_down(); });
    }
    for (const auto& loop : loops_) loop->thread.join();
  }

 private:
  void accept() {
    auto loop = loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(
        loop->io, [this, loop](const ErrorCodeBoost& error, tcp::socket socket) {
          if (shared_->stopping || error == boost::asio::error::operation_aborted) return;
          if (error) return accept_later(error);
          adopt(loop, std::move(socket));
          accept();
        });
  }

  void adopt(const std::shared_ptr<Loop>& loop, tcp::socket socket) {
    bool full = shared_->open.fetch_add(1) >= shared_->options.connections_max;
    std::string address = counted_address(socket);
    bool crowded = !full && !address.empty() && !shared_->enter(address);
    if (full || crowded) address.clear();
    auto connection = std::make_shared<Connection>(loop, std::move(socket), std::move(address));
    boost::asio::post(loop->io, [loop, connection, full, crowded] {
      loop->connections.insert(connection);
      if (loop->shut) return connection->close();  // accepted while the server stopped
      if (full) {
        connection->refuse_overload();
      } else if (crowded) {
        connection->refuse_address();
      } else {
        connection->start();
      }
    });
  }

  /// Empty when its connections are not counted.
  std::string counted_address(const tcp::socket& socket) const {
    ErrorCodeBoost error;
    auto endpoint = socket.remote_endpoint(error);
    if (error) return {};
    std::string address = canonical_address(endpoint.address().to_string());
    for (const std::string& uncounted : shared_->options.uncounted_addresses) {
      if (canonical_address(uncounted) == address) return {};
    }
    return address_group(address);
  }

  // Out of descriptors, most likely: waiting lets other connections end; spinning would not.
  void accept_later(const ErrorCodeBoost& error) {
    log::warn("http_accept_failed", {{"reason", error.message()}});
    retry_->expires_after(std::chrono::milliseconds(kAcceptRetryMs));
    retry_->async_wait([this](const ErrorCodeBoost& timer_error) {
      if (!timer_error && !shared_->stopping) accept();
    });
  }

  std::shared_ptr<ServerShared> shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<boost::asio::steady_timer> retry_;
  size_t next_loop_ = 0;
  uint16_t port_ = 0;
  std::mutex stop_mutex_;
  bool started_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpServerOptions options,
                                                     HttpHandler handler) {
  auto server = std::make_unique<AsioHttpServer>(std::move(options), std::move(handler));
  WEIR_CHECK_OK(server->listen());
  server->run();
  return server;
}

}  // namespace weir
