#include "collect/import/rows_request.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "collect/identities.h"
#include "collect/import/imports.h"
#include "collect/values.h"
#include "model/event_chunk.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace weir::collect {
namespace {

constexpr uint64_t kChunksMax = 1024;
constexpr size_t kFileDigits = 16;
constexpr uint8_t kText = 4, kList = 5, kJson = 6;

std::unexpected<Error> bad(std::string_view field, std::string_view message) {
  return fail(ErrorCode::InvalidArgument, std::string(message), std::string(field));
}

Status check_identities(const EventChunk& chunk) {
  for (uint32_t i = 0; i < chunk.persons(); ++i) {
    Envelope kept;
    if (chunk.person(i).empty()) return bad("ids", "a row names nobody");
    for (const Identity& id : chunk.person(i)) {
      // Unknown kinds are called "other", so a name that comes back means a known one.
      auto kind = parse_identity_kind(to_string(id.kind));
      if (!kind || *kind != id.kind || !add_identity(kept, id.kind, id.scope, id.value))
        return bad("ids", "a value is not an id of its kind");
    }
    if (!std::ranges::equal(kept.identities, chunk.person(i)))
      return bad("ids", "ids are not normalised, or said twice");
  }
  return {};
}

Status check_chunk(const EventChunk& chunk) {
  if (chunk.rows() == 0) return bad("chunks", "a chunk is empty");
  auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (chunk.file.size() != kFileDigits || !std::ranges::all_of(chunk.file, hex))
    return bad("chunks", "a chunk names no file by the first 16 digits of its checksum");
  for (std::string_view name : chunk.names) {
    if (auto refused = check_event_name(name, "name")) return bad("name", refused->message);
  }
  for (const EventChunk::Column& column : chunk.columns) {
    if (auto refused = check_key(column.property, "properties", {}))
      return bad(refused->field, refused->message);
    if (column.type != kList) continue;
    for (std::string_view text : column.texts) {
      auto list = decode_value(text);
      if (!list || !std::holds_alternative<StringList>(*list))
        return bad("properties", "a list is not a list of texts");
    }
  }
  return check_identities(chunk);
}

/// Names that say more about a person than that they did something (profile/): each is a record.
bool changes_profile(std::string_view name) {
  constexpr std::array kNames = {facts::kConsentGranted,   facts::kConsentWithdrawn,
                                 facts::kMpFollow,         facts::kMpUnfollow,
                                 facts::kWecomFriendAdded, facts::kWecomFriendDeleted};
  return std::ranges::find(kNames, name) != kNames.end();
}

/// Which rows cannot stay in their chunk.
class Alone {
 public:
  Alone(const EventChunk& chunk, const Vault& vault) : chunk_(chunk), vault_(vault) {
    look_at_names();
    look_at_persons();
    for (const EventChunk::Column& column : chunk.columns) look_at(column);
  }
  bool any() const { return !rows_.empty(); }
  bool has(uint32_t row) const { return !rows_.empty() && rows_[row] != 0; }

 private:
  void add(uint32_t row) {
    rows_.resize(chunk_.rows());
    rows_[row] = 1;
  }

  void look_at_names() {
    std::vector<bool> marked(chunk_.names.size());
    bool some = false;
    for (size_t i = 0; i < marked.size(); ++i) {
      marked[i] = changes_profile(chunk_.names[i]);
      some = some || marked[i];
    }
    for (uint32_t row = 0; some && row < chunk_.rows(); ++row) {
      if (marked[chunk_.name_codes[row]]) add(row);
    }
  }

  void look_at_persons() {
    Envelope e;
    e.identities = chunk_.identities;
    if (!vault_.needs_seal(e)) return;
    std::vector<bool> marked(chunk_.persons());
    for (uint32_t i = 0; i < chunk_.persons(); ++i) {
      auto person = chunk_.person(i);
      e.identities.assign(person.begin(), person.end());
      marked[i] = vault_.needs_seal(e);
    }
    for (uint32_t row = 0; row < chunk_.rows(); ++row) {
      if (marked[chunk_.person_codes[row]]) add(row);
    }
  }

  // All values of a column at once: mostly none is personal.
  void look_at(const EventChunk::Column& column) {
    Envelope all;
    std::string name(column.property);
    if (!column.coded()) {
      for (uint32_t row = 0; row < chunk_.rows(); ++row) {
        if (column.has(row)) all.properties.push_back({name, column.value(row)});
      }
    }
    for (std::string_view text : column.texts)
      all.properties.push_back({name, value_of(column.type, text)});
    if (!vault_.needs_seal(all)) return;
    for (uint32_t row = 0; row < chunk_.rows(); ++row) {
      if (!column.has(row)) continue;
      Envelope one;
      one.properties.push_back({name, column.value(row)});
      if (vault_.needs_seal(one)) add(row);
    }
  }

  static Value value_of(uint8_t type, std::string_view text) {
    if (type == kText) return std::string(text);
    if (type == kJson) return JsonText{std::string(text)};
    auto list = decode_value(text);
    return list ? *std::move(list) : Value();
  }

  const EventChunk& chunk_;
  const Vault& vault_;
  std::vector<uint8_t> rows_;
};

class Reader {
 public:
  Reader(std::string_view import_id, std::string_view feed, const Vault& vault)
      : import_id_(import_id), vault_(vault) {
    record_.kind = RecordKind::ImportChunk;
    record_.trust = Trust::Server;
    record_.historical = true;
    record_.source = fmt::format("import:{}", feed);
    record_.name = import_id_;
  }

  Status take(std::string_view bytes, RowsRequest& out) {
    auto chunk = decode_event_chunk(bytes);
    if (!chunk) return bad("chunks", chunk.error().message);
    WEIR_CHECK_OK(check_chunk(*chunk));
    out.chunk_rows += chunk->rows();
    Alone alone(*chunk, vault_);
    if (!alone.any()) {
      out.chunks.push_back(record(chunk->numbers.front(), std::string(bytes)));
      return {};
    }
    EventChunkBuilder rest{std::string(chunk->file)};
    for (uint32_t row = 0; row < chunk->rows(); ++row) {
      alone.has(row) ? out.alone.push_back(single(*chunk, row)) : rest.add(*chunk, row);
    }
    if (rest.rows() > 0) out.chunks.push_back(record(chunk->numbers.front(), rest.take()));
    return {};
  }

 private:
  // The same rows sent again are the same message.
  Envelope record(uint64_t first, std::string bytes) const {
    Envelope e = record_;
    e.message_id = fmt::format("rows:{}:{}:{}", import_id_, first, to_hex(hash128(bytes)));
    e.properties.push_back({std::string(kChunkRows), std::move(bytes)});
    return e;
  }

  Envelope single(const EventChunk& chunk, uint32_t row) const {
    Envelope e = row_envelope(chunk, row, record_);
    e.properties.push_back({std::string(kImportIdProperty), import_id_});
    e.properties.push_back({std::string(kImportRowsProperty), int64_t{1}});
    return e;
  }

  const std::string import_id_;
  const Vault& vault_;
  Envelope record_;
};

}  // namespace

Result<RowsRequest> read_rows_request(std::string_view body, std::string_view import_id,
                                      std::string_view feed, const Vault& vault) {
  ByteReader r(body);
  RowsRequest out;
  out.head = r.string();
  uint64_t chunks = r.varint();
  if (!r.ok() || chunks > kChunksMax) return bad("", "the body is not a head and chunks");
  Reader reader(import_id, feed, vault);
  for (uint64_t i = 0; i < chunks; ++i) {
    std::string_view bytes = r.string();
    if (!r.ok()) break;
    WEIR_CHECK_OK(reader.take(bytes, out));
  }
  if (!r.ok() || !r.at_end()) return bad("", "the body ends too early or too late");
  return out;
}

}  // namespace weir::collect
