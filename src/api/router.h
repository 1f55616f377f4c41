#pragma once
// Routes of the console API: one table, each row with its method, path and permission. A route
// without a permission cannot be written (RELIABILITY §7: deny by default).

#include "base/http.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api {

/// Public: anyone. Read: any signed-in operator or program. Write: operators with role "operator"
/// or "admin". Reveal: sees personal values in clear ("admin").
enum class Permission { Public, Read, Write, Reveal };

struct Operator {
  std::string username;
  std::string role;  // "admin", "operator", "viewer"
};

struct Request {
  const HttpRequest& http;
  std::map<std::string, std::string, std::less<>> params;  // {id} of the path, decoded
  Operator who;

  std::string_view param(std::string_view name) const;
  /// Query parameter, decoded; empty when absent.
  std::string query(std::string_view name) const;
  /// 1…max, `fallback` when absent or not a number.
  size_t limit(size_t fallback, size_t max) const;
  /// Epoch milliseconds, or ISO text in `zone`; `fallback` when absent. Errors name the parameter.
  Result<TimeMs> time(std::string_view name, const Calendar& zone, TimeMs fallback) const;
  /// The body as a JSON object, or an error for the caller.
  Result<json::object> body() const;
};

/// Answers with a JSON value or an error; from any thread, once.
using Reply = std::function<void(Result<json::value>)>;
using Handler = std::function<void(const Request&, Reply)>;

struct Route {
  std::string method;
  std::string pattern;  // "/api/profiles/{id}"
  Permission permission;
  Handler handler;
};

class Router {
 public:
  void add(std::string method, std::string pattern, Permission permission, Handler handler);
  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> params;
    bool path_known = false;  // another method would have matched
  };
  Match find(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// {"error":{"code","message","field"}} with the status of the code: the one place that maps them.
HttpResponse error_response(const Error& error);

}  // namespace weir::api
