#pragma once
// The server's HTTP face: the console API, collection, webhooks, operations and the console's
// files, behind one handler. Routes parse, call one room, render.

#include "api/services.h"
#include "base/http.h"

#include <map>
#include <memory>
#include <string>

namespace weir::api {

/// A file of the console, compiled into the program.
struct Asset {
  std::shared_ptr<const std::string> bytes;
  std::string content_type;
  bool immutable = false;  // hashed name: cached for ever
};
using Assets = std::map<std::string, Asset, std::less<>>;  // "/index.html", "/assets/…"

class Api {
 public:
  static std::unique_ptr<Api> make(Services services, Assets assets);
  virtual ~Api() = default;
  virtual void handle(HttpRequest request, HttpResponder respond) = 0;
};

}  // namespace weir::api
