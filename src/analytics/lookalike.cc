#include "analytics/lookalike.h"

#include "analytics/drill.h"
#include "analytics/logistic.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "base/hash.h"
#include "model/query_lookalike.h"
#include "ports/answers_lookalike.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::analytics {
namespace {

constexpr double kRidge = 1;
constexpr double kWeakArea = 0.6;
constexpr uint32_t kHoldoutOf10000 = 2000;
constexpr size_t kWeightsShown = 30, kTagsMax = 50;

struct Question {
  LookalikeQuery query;
  double share = 0.05;  // of the candidates; not used with a count
  int64_t count = 0;
};

Status parse_size(const json::object& query, Question& out) {
  const json::value* share = json::find(query, "share");
  const json::value* count = json::find(query, "count");
  if (!absent(count)) {
    if (!absent(share)) return bad_field("count", "and \"share\" say the same; give one of them");
    out.count = count->is_int64() ? count->get_int64() : 0;
    if (out.count < 1) return bad_field("count", "must be a number of people, 1 or more");
  }
  if (absent(share)) return {};
  out.share = share->is_number() ? share->to_number<double>() : 0;
  if (!(out.share > 0 && out.share <= 1))
    return bad_field("share", "must be a share of the people, above 0 and up to 1");
  return {};
}

Status parse_consent(const json::object& query, LookalikeQuery& out) {
  const json::value* v = json::find(query, "consent");
  if (absent(v)) return {};
  WEIR_TRY(const json::object* o, json::as_object(*v, "consent"));
  WEIR_CHECK_OK(check_fields(*o, "consent", {"channel", "purpose"}));
  WEIR_TRY(out.consent_channel, json::required_string(*o, "channel", "consent"));
  WEIR_TRY(out.consent_purpose, json::required_string(*o, "purpose", "consent"));
  return {};
}

Result<Question> parse(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(object, "",
                             {"kind", "segment", "share", "count", "tags", "consent", "as_of", "tz",
                              "exact", "sample", "order", "revenue"}));
  Question out;
  json::object query = object;
  query["range"] = json::object{{"last", 30}, {"unit", "day"}};
  WEIR_CHECK_OK(parse_common(query, input, out.query.common));
  if (out.query.common.segment.empty())
    return bad_field("segment", "is missing: whom others are to be like");
  WEIR_CHECK_OK(parse_size(query, out));
  WEIR_CHECK_OK(parse_consent(query, out.query));
  WEIR_TRY(out.query.orders, parse_orders(query, "order"));
  const json::value* tags = json::find(query, "tags");
  if (absent(tags)) return out;
  if (!tags->is_array() || tags->get_array().size() > kTagsMax)
    return bad_field("tags", "must be a list of at most 50 tag codes");
  for (const json::value& code : tags->get_array()) {
    if (!code.is_string()) return bad_field("tags", "must be a list of tag codes");
    out.query.tags.emplace_back(json::view(code.get_string()));
  }
  return out;
}

/// The model, and how well it tells seeds it was not fitted to from others.
struct Fitted {
  LookalikeSample sample;
  LookalikeModel model;
  std::optional<double> area;
  uint64_t held_out = 0;
};

/// Every feature with mean 0 and spread 1 over the rows used; one that never varies says nothing.
void standardise(const std::vector<uint32_t>& used, Fitted& f) {
  size_t width = f.sample.features.size();
  f.model.mean.assign(width, 0);
  f.model.scale.assign(width, 1);
  auto n = static_cast<double>(used.size());
  for (size_t c = 0; c < width; ++c) {
    double sum = 0, squares = 0;
    for (uint32_t row : used) sum += f.sample.rows[row * width + c];
    double mean = sum / n;
    for (uint32_t row : used) {
      double by = f.sample.rows[row * width + c] - mean;
      squares += by * by;
    }
    f.model.mean[c] = mean;
    if (squares > 0) f.model.scale[c] = std::sqrt(squares / n);
  }
  for (size_t i = 0; i < f.sample.rows.size(); ++i) {
    size_t c = i % width;
    f.sample.rows[i] = static_cast<float>((f.sample.rows[i] - f.model.mean[c]) / f.model.scale[c]);
  }
}

Result<Fitted> fit(const Question& question, const Ask& ask) {
  Fitted out;
  WEIR_TRY(out.sample, ask.port.lookalike_sample(question.query, ask.control));
  const LookalikeSample& sample = out.sample;
  if (sample.candidates == 0) {
    return fail(ErrorCode::FailedPrecondition,
                "nobody outside the segment may be taken; ask for another consent, or for none",
                "consent");
  }
  size_t width = sample.features.size();
  std::vector<uint32_t> used, held;
  for (uint32_t i = 0; i < sample.people.size(); ++i) {
    bool hold = bucket_of("lookalike", profile_id_text(sample.people[i])) <
                static_cast<int>(kHoldoutOf10000);
    (hold ? held : used).push_back(i);
  }
  standardise(used, out);
  std::vector<uint8_t> seed(sample.seed.begin(), sample.seed.end());
  WEIR_TRY(LogisticFit found,
           fit_logistic({width, sample.rows, seed, used}, kRidge, ask.control.cancelled));
  std::vector<double> scores;
  std::vector<uint8_t> kinds;
  for (uint32_t i : held) {
    scores.push_back(found.score(std::span(sample.rows).subspan(i * width, width)));
    kinds.push_back(seed[i]);
  }
  out.area = area_under_curve(scores, kinds);
  out.held_out = held.size();
  out.model.weight = std::move(found.weight);
  out.model.intercept = found.intercept;
  return out;
}

uint64_t chosen(const Question& question, uint64_t candidates) {
  if (question.count > 0) return std::min(candidates, static_cast<uint64_t>(question.count));
  return static_cast<uint64_t>(std::ceil(question.share * static_cast<double>(candidates)));
}

json::array render_weights(const Fitted& f) {
  std::vector<size_t> order;
  for (size_t c = 0; c < f.sample.features.size(); ++c) {
    if (f.model.weight[c] != 0) order.push_back(c);
  }
  auto size = [&](size_t c) { return std::abs(f.model.weight[c]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return size(a) > size(b); });
  if (order.size() > kWeightsShown) order.resize(kWeightsShown);
  json::array out;
  for (size_t c : order)
    out.push_back(json::object{{"feature", f.sample.features[c]}, {"weight", f.model.weight[c]}});
  return out;
}

}  // namespace

Result<Asked> ask_lookalike(const json::object& object, const Ask& ask) {
  WEIR_TRY(Question question, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(Fitted f, fit(question, ask));
  json::array warnings;
  if (!f.area || *f.area < kWeakArea) {
    warnings.emplace_back(
        fmt::format("the model hardly tells the segment from others (area under the curve {}): "
                    "who it takes for like them is little better than chance",
                    f.area ? fmt::format("{:.2f}", *f.area) : "unknown"));
  }
  json::object out{{"kind", "lookalike"},
                   {"tz", question.query.common.tz},
                   {"seeds", f.sample.seeds},
                   {"candidates", f.sample.candidates},
                   {"chosen", chosen(question, f.sample.candidates)},
                   {"auc", number(f.area)},
                   {"held_out", f.held_out},
                   {"features", f.sample.features.size()},
                   {"weights", render_weights(f)},
                   {"warnings", std::move(warnings)}};
  return Asked{std::move(out), question.query.common.as_of, f.sample.events_scanned};
}

Result<Drilled> drill_lookalike(const json::object& object, const json::object& of,
                                const Ask& ask) {
  WEIR_TRY(Question question, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, question.query.common));
  if (!cell.series.empty() || cell.bucket || !cell.breakdown.empty() || cell.step != 0)
    return bad_field("of", "has one number only: the people who were chosen");
  WEIR_TRY(Fitted f, fit(question, ask));
  uint64_t most = chosen(question, f.sample.candidates);
  WEIR_TRY(LookalikePeople found,
           ask.port.lookalike_people(question.query, f.model, most, ask.control));
  DrillAnswer answer;
  answer.people = std::move(found.people);
  answer.rows = answer.people.size();
  answer.events_scanned = f.sample.events_scanned + found.events_scanned;
  return Drilled{std::move(answer), question.query.common.as_of};
}

}  // namespace weir::analytics
