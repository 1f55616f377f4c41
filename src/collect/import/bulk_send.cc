#include "collect/import/bulk_send.h"

#include <deque>
#include <future>

namespace weir::collect {
namespace {

constexpr size_t kWorkers = 2;
constexpr size_t kPiecesAhead = 4;

}  // namespace

struct BulkSend::Worker {
  Worker(Env& env, const PieceFile& file, const ImportMapping& mapping)
      : reader(file, mapping), executor(env.make_executor("import-read")) {}
  ~Worker() { executor->stop(); }

  PieceReader reader;
  std::unique_ptr<Executor> executor;
};

BulkSend::BulkSend(Env& env, const PieceFile& file, const ImportMapping& mapping) : file_(file) {
  for (size_t i = 0; i < kWorkers; ++i)
    workers_.push_back(std::make_unique<Worker>(env, file, mapping));
}

BulkSend::~BulkSend() = default;

Status BulkSend::send(uint64_t from, const Post& post, const Sent& sent) {
  const std::vector<PieceFile::Piece>& pieces = file_.pieces();
  size_t next = 0;
  while (next < pieces.size() && pieces[next].rows_before + pieces[next].rows <= from) ++next;
  std::deque<std::future<Result<std::vector<PieceRows>>>> ahead;
  auto start = [&] {
    Worker& worker = *workers_[next % kWorkers];
    auto promise = std::make_shared<std::promise<Result<std::vector<PieceRows>>>>();
    ahead.push_back(promise->get_future());
    worker.executor->post([&worker, promise, piece = pieces[next], from] {
      promise->set_value(worker.reader.read(piece, from));
    });
    ++next;
  };
  while (next < pieces.size() || !ahead.empty()) {
    while (next < pieces.size() && ahead.size() < kPiecesAhead) start();
    Result<std::vector<PieceRows>> read = ahead.front().get();
    ahead.pop_front();
    if (!read) return std::unexpected<Error>(std::move(read).error());
    for (const PieceRows& rows : *read) {
      WEIR_CHECK_OK(post(rows.body()));
      sent(rows);
    }
  }
  return {};
}

}  // namespace weir::collect
