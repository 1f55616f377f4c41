#pragma once
// Saved questions, boards (看板) and cost tables (费用表): a fold over their definitions. Questions
// are answered elsewhere; this room only remembers what operators want to look at again, and how.

#include "base/json.h"
#include "ports/fold.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::boards {

inline constexpr size_t kCardsMax = 24;             // a page of more is not looked at
inline constexpr size_t kBoardNameMax = 200;        // bytes
inline constexpr size_t kQuestionBytesMax = 65536;  // a question of 20 series is about 4 kB

inline constexpr size_t kCostRowsMax = 10'000;  // as many as a question takes

/// A definition as it is stored.
struct Saved {
  std::string id, name;
  uint32_t version = 0;
  TimeMs updated_at = 0;
  std::string body;  // JSON text of the definition
};

/// {"name","query":{"kind",…}}. What the query says is checked when it is asked.
Status check_question(const json::value& body);

/// {"name","refresh_seconds","cards":[{"question","title","show","figure","number","width",
/// "goal":{"value","better"}}]}. The error names the field that is wrong.
Status check_board(const json::value& body);

/// {"name","rows":[{"source","date" or "from" and "to","fen","impressions","clicks"}]}: what was
/// spent (AT10). Dates are local ("2026-03-31"), both included.
Status check_cost_table(const json::value& body);

/// Fold "boards". Everything runs on the fold executor.
class Boards : public Fold {
 public:
  Boards();
  ~Boards() override;

  std::string_view name() const override { return "boards"; }
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;

  /// After check_board: InvalidArgument when a card names a question that is not saved.
  Status check_references(const json::value& board) const;

  /// By name, then id.
  std::vector<Saved> questions() const;
  std::vector<Saved> boards() const;
  Result<Saved> question(std::string_view id) const;
  Result<Saved> board(std::string_view id) const;
  std::vector<Saved> cost_tables() const;
  Result<Saved> cost_table(std::string_view id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::boards
