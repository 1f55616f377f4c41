#include "boards/boards.h"

#include "boards/state.pb.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace weir::boards {
namespace {

using Table = ResidentTable<pb::Definition>;

constexpr std::string_view kQuestionPrefix = "question/";
constexpr std::string_view kBoardPrefix = "board/";
constexpr std::string_view kCostPrefix = "cost_table/";

Saved saved(std::string_view id, const pb::Definition& row) {
  return {std::string(id), row.name(), row.version(), row.updated_at(), row.body()};
}

std::vector<Saved> all(const Table& table) {
  std::vector<Saved> out;
  table.for_each(
      [&](std::string_view id, const pb::Definition& row) { out.push_back(saved(id, row)); });
  std::sort(out.begin(), out.end(), [](const Saved& a, const Saved& b) {
    return std::tie(a.name, a.id) < std::tie(b.name, b.id);
  });
  return out;
}

Result<Saved> one(const Table& table, std::string_view id, std::string_view what) {
  const pb::Definition* row = table.find(id);
  if (row != nullptr) return saved(id, *row);
  return fail(ErrorCode::NotFound, fmt::format("{} \"{}\" does not exist", what, id), "id");
}

// api/ refused bad ones before the log; a bad one here, from elsewhere, changes nothing.
void define(Table& table, std::string_view id, const Step& step,
            Status (*check)(const json::value&)) {
  std::string_view text = definition_body(step.record);
  if (text.empty()) return table.erase(id);
  auto body = json::parse(text);
  if (!body || !check(*body)) return;
  pb::Definition& row = table.mutate(id);
  row.set_name(json::optional_string(body->get_object(), "name"));
  row.set_version(row.version() + 1);
  row.set_body(std::string(text));
  row.set_updated_at(step.now);
}

}  // namespace

struct Boards::State {
  Table questions{std::string{key_space::kBoards, 'q'}};
  Table boards{std::string{key_space::kBoards, 'b'}};
  Table costs{std::string{key_space::kBoards, 'c'}};
};

Boards::Boards() : state_(std::make_unique<State>()) {}
Boards::~Boards() = default;

Status Boards::load(const StateStore& store) {
  WEIR_CHECK_OK(state_->questions.load(store));
  WEIR_CHECK_OK(state_->boards.load(store));
  return state_->costs.load(store);
}

void Boards::save(WriteBatch& batch) {
  state_->questions.save(batch);
  state_->boards.save(batch);
  state_->costs.save(batch);
}

void Boards::apply(Step& step, StepContext&) {
  if (step.record.kind != RecordKind::Definition) return;
  std::string_view name = step.record.name;
  if (name.starts_with(kQuestionPrefix)) {
    define(state_->questions, name.substr(kQuestionPrefix.size()), step, check_question);
  } else if (name.starts_with(kBoardPrefix)) {
    define(state_->boards, name.substr(kBoardPrefix.size()), step, check_board);
  } else if (name.starts_with(kCostPrefix)) {
    define(state_->costs, name.substr(kCostPrefix.size()), step, check_cost_table);
  }
}

Status Boards::check_references(const json::value& board) const {
  WEIR_TRY(const json::object* o, json::as_object(board, "board"));
  WEIR_TRY(const json::array* cards, json::required_array(*o, "cards"));
  for (size_t i = 0; i < cards->size(); ++i) {
    std::string where = fmt::format("cards[{}]", i);
    WEIR_TRY(const json::object* card, json::as_object((*cards)[i], where));
    WEIR_TRY(std::string id, json::required_string(*card, "question", where));
    if (state_->questions.find(id) != nullptr) continue;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}.question: there is no saved question \"{}\"", where, id),
                where + ".question");
  }
  return {};
}

std::vector<Saved> Boards::questions() const {
  return all(state_->questions);
}
std::vector<Saved> Boards::boards() const {
  return all(state_->boards);
}
std::vector<Saved> Boards::cost_tables() const {
  return all(state_->costs);
}
Result<Saved> Boards::cost_table(std::string_view id) const {
  return one(state_->costs, id, "cost table");
}
Result<Saved> Boards::question(std::string_view id) const {
  return one(state_->questions, id, "question");
}
Result<Saved> Boards::board(std::string_view id) const {
  return one(state_->boards, id, "board");
}

}  // namespace weir::boards
