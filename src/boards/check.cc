#include "boards/boards.h"

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace weir::boards {
namespace {

constexpr int64_t kRefreshMin = 5;  // seconds; less would ask faster than people read
constexpr int64_t kRefreshMax = 86400;
constexpr std::array<int64_t, 5> kWidths = {3, 4, 6, 8, 12};

std::unexpected<Error> bad(std::string field, std::string_view what) {
  std::string message = fmt::format("\"{}\" {}", field, what);
  return fail(ErrorCode::InvalidArgument, std::move(message), std::move(field));
}

std::string path(const std::string& where, std::string_view field) {
  return where.empty() ? std::string(field) : fmt::format("{}.{}", where, field);
}

Status only(const json::object& o, const std::string& where,
            std::initializer_list<std::string_view> known) {
  for (const auto& field : o) {
    std::string_view name(field.key().data(), field.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return bad(path(where, name),
                 fmt::format("is not a field here; known are {}", fmt::join(known, ", ")));
    }
  }
  return {};
}

Status check_name(const json::object& o) {
  WEIR_TRY(std::string name, json::required_string(o, "name"));
  if (name.empty() || name.size() > kBoardNameMax) {
    return bad("name", fmt::format("must have 1…{} bytes", kBoardNameMax));
  }
  return {};
}

/// Absent, or a text of at most 200 bytes.
Status check_text(const json::object& o, const std::string& where, std::string_view field) {
  const json::value* v = json::find(o, field);
  if (v == nullptr) return {};
  if (!v->is_string() || v->get_string().size() > kBoardNameMax) {
    return bad(path(where, field),
               fmt::format("must be a text of at most {} bytes", kBoardNameMax));
  }
  return {};
}

Status check_goal(const json::object& card, const std::string& where) {
  const json::value* v = json::find(card, "goal");
  if (v == nullptr) return {};
  std::string at = path(where, "goal");
  WEIR_TRY(const json::object* goal, json::as_object(*v, at));
  WEIR_CHECK_OK(only(*goal, at, {"value", "better"}));
  const json::value* value = json::find(*goal, "value");
  if (value == nullptr || !value->is_number()) return bad(at + ".value", "must be a number");
  std::string better = json::optional_string(*goal, "better", "higher");
  if (better != "higher" && better != "lower") {
    return bad(at + ".better", "must be \"higher\" or \"lower\"");
  }
  return {};
}

Status check_card(const json::value& v, const std::string& where) {
  WEIR_TRY(const json::object* card, json::as_object(v, where));
  WEIR_CHECK_OK(
      only(*card, where, {"question", "title", "show", "figure", "number", "width", "goal"}));
  WEIR_TRY(std::string question, json::required_string(*card, "question", where));
  if (question.empty()) return bad(where + ".question", "must name a saved question");
  for (std::string_view field : {"title", "figure", "number"}) {
    WEIR_CHECK_OK(check_text(*card, where, field));
  }
  std::string show = json::optional_string(*card, "show", "chart");
  if (show != "chart" && show != "number" && show != "table") {
    return bad(where + ".show", "must be \"chart\", \"number\" or \"table\"");
  }
  int64_t width = json::optional_int(*card, "width", 6);
  if (std::find(kWidths.begin(), kWidths.end(), width) == kWidths.end()) {
    return bad(where + ".width", "must be 3, 4, 6, 8 or 12 columns of twelve");
  }
  return check_goal(*card, where);
}

Status check_amount(const json::object& row, const std::string& where, std::string_view field,
                    bool required) {
  const json::value* v = json::find(row, field);
  if (v == nullptr && !required) return {};
  if (v != nullptr && v->is_int64() && v->get_int64() >= 0) return {};
  return bad(path(where, field), "must be a whole number, 0 or more");
}

Status check_cost_row(const json::value& v, const std::string& where) {
  WEIR_TRY(const json::object* row, json::as_object(v, where));
  WEIR_CHECK_OK(
      only(*row, where, {"source", "date", "from", "to", "fen", "impressions", "clicks"}));
  WEIR_CHECK_OK(check_text(*row, where, "source"));
  bool one_day = json::find(*row, "date") != nullptr;
  std::string days[2];
  for (int i = 0; i < 2; ++i) {
    std::string_view field = one_day ? "date" : i == 0 ? "from" : "to";
    days[i] = json::optional_string(*row, field);
    if (!Calendar::shanghai().parse_date(days[i]))
      return bad(path(where, field), "must be a date like \"2026-03-31\"");
  }
  if (days[1] < days[0]) return bad(where + ".to", "is before \"from\"");
  WEIR_CHECK_OK(check_amount(*row, where, "fen", true));
  WEIR_CHECK_OK(check_amount(*row, where, "impressions", false));
  return check_amount(*row, where, "clicks", false);
}

}  // namespace

Status check_cost_table(const json::value& body) {
  WEIR_TRY(const json::object* o, json::as_object(body, "cost table"));
  WEIR_CHECK_OK(only(*o, "", {"name", "rows"}));
  WEIR_CHECK_OK(check_name(*o));
  WEIR_TRY(const json::array* rows, json::required_array(*o, "rows"));
  if (rows->empty() || rows->size() > kCostRowsMax)
    return bad("rows", fmt::format("must have 1 to {} entries", kCostRowsMax));
  for (size_t i = 0; i < rows->size(); ++i)
    WEIR_CHECK_OK(check_cost_row((*rows)[i], fmt::format("rows[{}]", i)));
  return {};
}

Status check_question(const json::value& body) {
  WEIR_TRY(const json::object* o, json::as_object(body, "question"));
  WEIR_CHECK_OK(only(*o, "", {"name", "query"}));
  WEIR_CHECK_OK(check_name(*o));
  WEIR_TRY(const json::object* query, json::required_object(*o, "query"));
  WEIR_TRY(std::string kind, json::required_string(*query, "kind", "query"));
  if (kind.empty()) return bad("query.kind", "must name a kind of question");
  if (json::to_text(body).size() > kQuestionBytesMax) {
    return bad("query", fmt::format("must have at most {} bytes", kQuestionBytesMax));
  }
  return {};
}

Status check_board(const json::value& body) {
  WEIR_TRY(const json::object* o, json::as_object(body, "board"));
  WEIR_CHECK_OK(only(*o, "", {"name", "refresh_seconds", "cards"}));
  WEIR_CHECK_OK(check_name(*o));
  int64_t refresh = json::optional_int(*o, "refresh_seconds", 60);
  if (refresh != 0 && (refresh < kRefreshMin || refresh > kRefreshMax)) {
    return bad("refresh_seconds",
               fmt::format("must be 0 (never) or {}…{}", kRefreshMin, kRefreshMax));
  }
  WEIR_TRY(const json::array* cards, json::required_array(*o, "cards"));
  if (cards->size() > kCardsMax) {
    return bad("cards", fmt::format("must have at most {} entries", kCardsMax));
  }
  for (size_t i = 0; i < cards->size(); ++i) {
    WEIR_CHECK_OK(check_card((*cards)[i], fmt::format("cards[{}]", i)));
  }
  return {};
}

}  // namespace weir::boards
