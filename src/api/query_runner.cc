#include "api/query_runner.h"

#include <utility>

namespace weir::api {

QueryRunner::QueryRunner(Env& env, analytics::Analyst& analyst)
    : analyst_(analyst), executor_(env.make_executor("queries")) {}

QueryRunner::~QueryRunner() {
  executor_->stop();
}

void QueryRunner::answer(json::object query, Done done) {
  enqueue([this, query = json::value(std::move(query))] { return analyst_.answer(query); },
          std::move(done));
}

void QueryRunner::schema(Done done) {
  enqueue([this] { return analyst_.schema(); }, std::move(done));
}

void QueryRunner::enqueue(std::function<Result<json::value>()> question, Done done) {
  if (waiting_.fetch_add(1) >= kWaitingMax) {
    waiting_.fetch_sub(1);
    return done(fail(ErrorCode::ResourceExhausted, "too many questions are waiting; try again"));
  }
  executor_->post([this, question = std::move(question), done = std::move(done)] {
    Result<json::value> answer = question();
    waiting_.fetch_sub(1);
    done(std::move(answer));
  });
}

}  // namespace weir::api
