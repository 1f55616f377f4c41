#pragma once
// HTTP messages as plain data, and the handler type that the server, the simulator and tests share.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

struct HttpHeaders {
  std::vector<std::pair<std::string, std::string>> items;  // names in lower case

  /// Empty when absent. `name` in lower case.
  std::string_view get(std::string_view name) const {
    for (const auto& [key, value] : items) {
      if (key == name) return value;
    }
    return {};
  }
  void set(std::string_view name, std::string value) {
    for (auto& [key, old] : items) {
      if (key == name) {
        old = std::move(value);
        return;
      }
    }
    items.emplace_back(std::string(name), std::move(value));
  }
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query as received, still percent-encoded
  HttpHeaders headers;
  std::string body;
  std::string peer;  // remote address of the connection, without port

  std::string_view path() const {
    std::string_view t = target;
    return t.substr(0, t.find('?'));
  }
  std::string_view query() const {
    std::string_view t = target;
    size_t mark = t.find('?');
    return mark == std::string_view::npos ? std::string_view{} : t.substr(mark + 1);
  }
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  /// When set, sent instead of `body` without a copy (static assets).
  std::shared_ptr<const std::string> shared_body;

  static HttpResponse text(int status, std::string body,
                           std::string_view type = "text/plain; charset=utf-8") {
    HttpResponse response;
    response.status = status;
    response.headers.set("content-type", std::string(type));
    response.body = std::move(body);
    return response;
  }
  static HttpResponse json(int status, std::string body) {
    return text(status, std::move(body), "application/json; charset=utf-8");
  }
};

/// Answers one request; must be called exactly once, from any thread.
using HttpResponder = std::function<void(HttpResponse)>;
/// Runs on an I/O thread: must not block. Long work goes to an executor and answers later.
using HttpHandler = std::function<void(HttpRequest, HttpResponder)>;

}  // namespace weir
