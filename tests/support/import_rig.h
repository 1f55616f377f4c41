#pragma once
// Runs `weir import` against an ImportService in the same process: files are real, calls are
// direct.

#include "base/real_env.h"
#include "tests/support/collect_rig.h"
#include "tests/support/temp_dir.h"

#include <string>

namespace weir::collect::testing {

/// Calls return at once; every `fail_every`-th is not delivered, or is delivered and its answer
/// lost.
class DirectHttp : public HttpClient {
 public:
  explicit DirectHttp(Rig& rig) : rig_(rig) {}
  void send(std::string url, HttpRequest request, DurationMs, Done done) override {
    request.target = url.substr(url.find('/', 8));
    ++calls;
    if (calls > stop_after) {
      done(fail(ErrorCode::InvalidArgument, "killed"));
      return;
    }
    bool lost = fail_every > 0 && calls % fail_every == 0;
    if (lost && calls % 2 == 0) {
      done(fail(ErrorCode::Unavailable, "not delivered"));
      return;
    }
    HttpResponse answer;
    rig_.collect.imports().handle(std::move(request),
                                  [&](HttpResponse r) { answer = std::move(r); });
    if (lost)
      done(fail(ErrorCode::DeadlineExceeded, "the answer was lost"));
    else
      done(std::move(answer));
  }

  int calls = 0, fail_every = 0, stop_after = INT32_MAX;

 private:
  Rig& rig_;
};

class ImportEnv : public Env {
 public:
  explicit ImportEnv(Rig& rig) : http_client(rig), real_(make_real_env()) {}
  Clock& clock() override { return real_->clock(); }
  Random& random() override { return real_->random(); }
  FileSystem& files() override { return real_->files(); }
  HttpClient& http() override { return http_client; }
  std::unique_ptr<Executor> make_executor(std::string_view) override {
    return std::make_unique<InlineExecutor>();
  }

  DirectHttp http_client;

 private:
  std::unique_ptr<Env> real_;
};

}  // namespace weir::collect::testing
