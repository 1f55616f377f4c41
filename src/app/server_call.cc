#include "app/server_call.h"

#include <future>
#include <memory>

namespace weir::app {

Result<json::value> call_server(const ServerCall& server, Env& env, std::string method,
                                const std::string& path, std::string body) {
  HttpRequest request;
  request.method = std::move(method);
  request.headers.set("authorization", "Bearer " + server.token);
  request.headers.set("content-type", "application/json");
  request.body = std::move(body);
  auto promise = std::make_shared<std::promise<Result<HttpResponse>>>();
  auto future = promise->get_future();
  env.http().send(
      server.server + path, std::move(request), kMinuteMs,
      [promise](Result<HttpResponse> answer) { promise->set_value(std::move(answer)); });
  WEIR_TRY(HttpResponse response, future.get());
  WEIR_TRY(json::value answer, json::parse(response.body));
  if (response.status < 300) return answer;
  const json::value* error =
      answer.is_object() ? json::find(answer.get_object(), "error") : nullptr;
  if (error == nullptr || !error->is_object()) {
    return fail(ErrorCode::Unavailable, "the server answered " + std::to_string(response.status));
  }
  const json::object& o = error->get_object();
  bool missing = json::optional_string(o, "code") == "not_found";
  return fail(missing ? ErrorCode::NotFound : ErrorCode::InvalidArgument,
              json::optional_string(o, "message"), json::optional_string(o, "field"));
}

}  // namespace weir::app
