#pragma once
// Cases of peers (tests/cases/*.json): reading them, filling a world, turning their parts into
// ours.

#include "tests/support/behaviour_world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace weir::testing {

inline json::value load_cases(const std::string& name) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  std::ifstream file(std::string(root == nullptr ? "." : root) + "/tests/cases/" + name);
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = json::parse(text.str());
  EXPECT_TRUE(parsed) << name;
  return parsed ? *parsed : json::value(nullptr);
}

inline std::string text_of(const json::value& v) {
  return v.is_string() ? std::string(json::view(v.get_string())) : json::to_text(v);
}

inline void fill(BehaviourWorld& world, const json::value& one) {
  for (const json::value& user : one.at("users").as_array()) {
    std::string first;
    for (const json::value& id : user.at("ids").as_array()) {
      std::string name = text_of(id);
      world.identity_of(name);
      if (first.empty()) first = name;
      if (name != first) world.merge(name, first);
    }
    const json::value* props = json::find(user.as_object(), "props");
    if (props == nullptr || !props->is_object()) continue;
    for (const auto& p : props->get_object())
      world.set_trait(first, std::string(p.key()), value_from_json(p.value()));
  }
  for (const json::value& e : one.at("events").as_array()) {
    Properties properties;
    const json::value* props = json::find(e.as_object(), "props");
    if (props != nullptr && props->is_object()) {
      for (const auto& p : props->get_object())
        properties.push_back({std::string(p.key()), value_from_json(p.value())});
    }
    world.post(text_of(e.at("id")), text_of(e.at("event")), *parse_time(text_of(e.at("ts"))),
               std::move(properties));
  }
}

/// Their filter tree as ours: comparison is by text there, so "95" also means 95.
inline json::value filter_of(const json::value& tree) {
  const json::object& o = tree.as_object();
  for (const char* group : {"and", "or"}) {
    const json::value* list = json::find(o, group);
    if (list == nullptr) continue;
    json::array out;
    for (const json::value& item : list->as_array()) out.push_back(filter_of(item));
    return json::object{{group, std::move(out)}};
  }
  std::string scope = text_of(o.at("scope")), op = text_of(o.at("op"));
  json::object leaf{{"prop", (scope == "person" ? "profile." : "event.") + text_of(o.at("prop"))}};
  if (op == "is_set" || op == "is_not_set") {
    leaf["op"] = op;
    return leaf;
  }
  const json::value& value = o.at("value");
  if (op == "icontains") {
    leaf["op"] = "regex";
    leaf["value"] = "(?i)" + text_of(value);
    return leaf;
  }
  if (op != "eq" && op != "ne") {
    leaf["op"] = op;
    leaf["value"] = value;
    return leaf;
  }
  json::array any;
  auto add = [&](const json::value& v) {
    any.emplace_back(text_of(v));
    if (auto parsed = json::parse(text_of(v)); parsed && (parsed->is_number() || parsed->is_bool()))
      any.push_back(*parsed);
  };
  if (value.is_array()) {
    for (const json::value& v : value.get_array()) add(v);
  } else {
    add(value);
  }
  leaf["op"] = op == "eq" ? "in" : "not_in";
  leaf["value"] = std::move(any);
  return leaf;
}

inline json::object part_of(const json::value& from) {
  json::object out{{"event", from.at("event")}};
  if (const json::value* where = json::find(from.as_object(), "where"))
    out["filter"] = filter_of(*where);
  return out;
}

inline json::object common_of(const json::value& query, const char* kind) {
  json::object range{{"from", *parse_time(text_of(query.at("from")))},
                     {"to", *parse_time(text_of(query.at("to"))) + 1}};
  json::object out{{"kind", kind}, {"range", std::move(range)}, {"tz", query.at("timezone")}};
  if (const json::value* where = json::find(query.as_object(), "where"))
    out["filter"] = filter_of(*where);
  if (const json::value* interval = json::find(query.as_object(), "interval"))
    out["interval"] = *interval;
  out["week_start"] = "sun";
  return out;
}

}  // namespace weir::testing
