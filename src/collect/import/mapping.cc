#include "collect/import/mapping.h"

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace weir::collect {
namespace {

struct Word {
  std::string_view name;
  std::array<std::string_view, 5> usual;  // names of columns, when there is no mapping
};
constexpr std::array kIdWords = {
    Word{"user_id", {"user_id", "userId", "member_no", "external_member_no", "会员号"}},
    Word{"phone", {"phone", "mobile", "手机号"}},
    Word{"email", {"email", "邮箱"}},
    Word{"openid", {"openid"}},
    Word{"unionid", {"unionid"}},
    Word{"external_userid", {"external_userid"}},
    Word{"anonymous_id", {"anonymous_id", "anonymousId"}},
    Word{"device", {"device", "device_id"}},
};
constexpr std::array kEventWords = {
    Word{"event", {"event", "event_name", "事件"}},
    Word{"time", {"time", "timestamp", "event_time", "时间"}},
    Word{"message_id", {"message_id", "messageId", "event_id"}},
};
constexpr std::array kOrderWords = {
    Word{"order_id", {"order_id", "order_no", "订单号"}},
    Word{"time", {"time", "pay_time", "order_time", "支付时间"}},
    Word{"sku_id", {"sku_id", "sku_code", "sku"}},
    Word{"quantity", {"quantity", "qty", "数量"}},
    Word{"unit_price", {"unit_price", "price", "单价"}},
    Word{"line_amount", {"line_amount"}},
    Word{"amount", {"amount", "paid_amount", "实付金额"}},
};
constexpr std::array kProfileWords = {
    Word{"time", {"updated_at", "registered_at"}},
};

std::span<const Word> words_of(std::string_view feed) {
  if (feed == "events") return kEventWords;
  if (feed == "orders") return kOrderWords;
  return kProfileWords;
}

std::unexpected<Error> bad(std::string_view key, std::string_view message) {
  return fail(ErrorCode::InvalidArgument, fmt::format("mapping: {}", message), std::string(key));
}

Result<int> find_column(const TableFile& file, std::string_view key, const json::value& name) {
  if (!name.is_string()) return bad(key, fmt::format("\"{}\" must name a column", key));
  std::string_view column = json::view(name.get_string());
  int index = file.column(column);
  if (index >= 0) return index;
  return bad(key, fmt::format("the file has no column \"{}\"; it has {}", column,
                              fmt::join(file.columns(), ", ")));
}

Result<CellType> parse_type(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, CellType>, 6> kTypes = {
      {{"text", CellType::Text},
       {"integer", CellType::Integer},
       {"number", CellType::Number},
       {"boolean", CellType::Boolean},
       {"time", CellType::Time},
       {"list", CellType::List}}};
  for (const auto& [name, type] : kTypes) {
    if (name == text) return type;
  }
  return bad("types",
             fmt::format("type \"{}\" is not text, integer, number, boolean, time or list", text));
}

bool is_used(const ImportMapping& m, int column) {
  for (const auto& [word, index] : m.words) {
    if (index == column) return true;
  }
  return std::ranges::any_of(m.ids, [&](const IdColumn& id) { return id.column == column; });
}

void add_id(ImportMapping& m, std::string_view word, std::string scope, int column) {
  auto kind = parse_identity_kind(word);
  if (!kind) return;
  if (scope.empty() && *kind == IdentityKind::UnionId) scope = "default";
  m.ids.push_back({*kind, std::move(scope), column});
}

void take_usual(const TableFile& file, ImportMapping& m) {
  auto first = [&](const Word& word) {
    for (std::string_view name : word.usual) {
      if (int index = name.empty() ? -1 : file.column(name); index >= 0) return index;
    }
    return -1;
  };
  for (const Word& word : words_of(m.feed)) {
    if (int index = first(word); index >= 0) m.words.emplace(word.name, index);
  }
  for (const Word& word : kIdWords) {
    if (int index = first(word); index >= 0) add_id(m, word.name, {}, index);
  }
}

Status take_columns(const json::object& columns, const json::object* scopes, const TableFile& file,
                    ImportMapping& m) {
  auto words = words_of(m.feed);
  for (const auto& member : columns) {
    std::string key(member.key());
    WEIR_TRY(int index, find_column(file, "columns." + key, member.value()));
    if (std::ranges::find(words, key, &Word::name) != words.end()) {
      m.words[key] = index;
    } else if (std::ranges::find(kIdWords, key, &Word::name) != kIdWords.end()) {
      add_id(m, key, scopes == nullptr ? std::string() : json::optional_string(*scopes, key),
             index);
    } else {
      return bad("columns." + key,
                 fmt::format("\"{}\" is not a word of {}; put it under properties or traits", key,
                             m.feed));
    }
  }
  return {};
}

// "*" = every column without another meaning; else {name: column}.
Status take_named(const json::value* named, std::string_view key, const TableFile& file,
                  const ImportMapping& m, std::vector<NamedColumn>& out) {
  if (named == nullptr) return {};
  if (named->is_string() && named->get_string() == "*") {
    for (size_t i = 0; i < file.columns().size(); ++i) {
      int index = static_cast<int>(i);
      if (!is_used(m, index) && !file.columns()[i].empty())
        out.push_back({file.columns()[i], index, CellType::Text});
    }
    return {};
  }
  if (!named->is_object()) return bad(key, "must be \"*\" or name: column");
  for (const auto& member : named->get_object()) {
    WEIR_TRY(int index, find_column(file, fmt::format("{}.{}", key, std::string(member.key())),
                                    member.value()));
    out.push_back({std::string(member.key()), index, CellType::Text});
  }
  return {};
}

Status take_types(const json::object& types, std::vector<NamedColumn>& columns) {
  for (NamedColumn& column : columns) {
    const json::value* type = json::find(types, column.name);
    if (type == nullptr || !type->is_string()) continue;
    WEIR_TRY(column.type, parse_type(json::view(type->get_string())));
  }
  return {};
}

Status check(const ImportMapping& m) {
  auto need = [&](std::string_view word) -> Status {
    if (m.word(word) >= 0) return {};
    return bad(fmt::format("columns.{}", word),
               fmt::format("{} need a column for \"{}\"", m.feed, word));
  };
  if (m.feed == "orders") {
    WEIR_CHECK_OK(need("order_id"));
    WEIR_CHECK_OK(need("time"));
    if (m.word("amount") < 0 && m.word("line_amount") < 0) {
      WEIR_CHECK_OK(need("unit_price"));
      WEIR_CHECK_OK(need("quantity"));
    }
  }
  if (m.feed == "events") {
    WEIR_CHECK_OK(need("time"));
    if (m.event_name.empty()) WEIR_CHECK_OK(need("event"));
  }
  if (m.ids.empty() && m.guest_scope.empty()) {
    return bad("columns",
               "no column identifies a person (user_id, phone, email, openid, unionid, …)");
  }
  return {};
}

}  // namespace

std::string mapping_encoding(const json::value& mapping) {
  return mapping.is_object() ? json::optional_string(mapping.get_object(), "encoding", "auto")
                             : "auto";
}

Result<ImportMapping> read_mapping(const json::value& mapping, std::string_view feed,
                                   const TableFile& file) {
  ImportMapping m;
  m.feed = feed;
  if (!mapping.is_object()) {
    take_usual(file, m);
    json::value all("*");
    if (feed == "events") WEIR_CHECK_OK(take_named(&all, "properties", file, m, m.properties));
    if (feed == "profiles") WEIR_CHECK_OK(take_named(&all, "traits", file, m, m.traits));
    WEIR_CHECK_OK(check(m));
    return m;
  }
  const json::object& o = mapping.get_object();
  constexpr std::array<std::string_view, 12> kKeys = {
      "as",          "encoding", "time_zone", "currency",   "event",  "refund_prefix",
      "guest_scope", "columns",  "scopes",    "properties", "traits", "types"};
  for (const auto& member : o) {
    std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(kKeys, key) == kKeys.end()) {
      return bad(key, fmt::format("\"{}\" is not a key of a mapping; there are {}", key,
                                  fmt::join(kKeys, ", ")));
    }
  }
  if (std::string as = json::optional_string(o, "as", feed); as != feed) {
    return bad("as", fmt::format("the mapping is for {}, the import for {}", as, feed));
  }
  m.encoding = mapping_encoding(mapping);
  m.time_zone = json::optional_string(o, "time_zone", m.time_zone);
  m.currency = json::optional_string(o, "currency", m.currency);
  m.event_name = json::optional_string(o, "event");
  m.refund_prefix = json::optional_string(o, "refund_prefix");
  m.guest_scope = json::optional_string(o, "guest_scope");
  WEIR_TRY(auto zone, Calendar::open(m.time_zone));
  WEIR_TRY(const json::object* columns, json::required_object(o, "columns", "mapping"));
  const json::value* scopes = json::find(o, "scopes");
  WEIR_CHECK_OK(take_columns(
      *columns, scopes != nullptr && scopes->is_object() ? &scopes->get_object() : nullptr, file,
      m));
  WEIR_CHECK_OK(take_named(json::find(o, "properties"), "properties", file, m, m.properties));
  WEIR_CHECK_OK(take_named(json::find(o, "traits"), "traits", file, m, m.traits));
  if (const json::value* types = json::find(o, "types"); types != nullptr && types->is_object()) {
    WEIR_CHECK_OK(take_types(types->get_object(), m.properties));
    WEIR_CHECK_OK(take_types(types->get_object(), m.traits));
  }
  WEIR_CHECK_OK(check(m));
  return m;
}

}  // namespace weir::collect
