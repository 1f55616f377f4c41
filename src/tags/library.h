#pragma once
// The definitions of all tags: stored as JSON, kept parsed, and which records each reads.

#include "base/string_map.h"
#include "model/condition_index.h"
#include "ports/resident_table.h"
#include "tags/definition.h"
#include "tags/state.pb.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

class Library {
 public:
  Library(std::string prefix, Calendar calendar)
      : rows_(std::move(prefix)), calendar_(std::move(calendar)) {}

  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

  /// A new version. False when the body is not a definition: the older version stays.
  bool define(const std::string& code, std::string_view body, TimeMs now);
  void remove(const std::string& code);

  const TagDefinition* find(std::string_view code) const;
  const pb::Definition& row(std::string_view code) const { return *rows_.find(code); }
  void set_as_of(const std::string& code, TimeMs as_of);
  void set_next_run(const std::string& code, TimeMs due);
  /// Where percentile tiers begin, as a run found it.
  void set_bounds(const std::string& code, std::vector<double> bounds);

  const std::vector<std::string>& codes() const { return codes_; }  // ascending
  /// Those with a rule that follows every event, ascending.
  const std::vector<std::string>& realtime() const { return realtime_; }
  /// Those that run by a cron line, ascending.
  const std::vector<std::string>& scheduled() const { return scheduled_; }
  std::vector<std::string> affected_by(const Envelope& record) const {
    return index_.affected_by(record);
  }
  /// All tags of an exclusive group, or `code` alone when it is in none; ascending.
  std::vector<std::string> siblings(const std::string& code) const;

 private:
  void keep(const std::string& code, TagDefinition definition);
  void drop(const std::string& code);
  void list_codes();

  ResidentTable<pb::Definition> rows_;
  Calendar calendar_;
  StringMap<TagDefinition> parsed_;
  ConditionIndex index_;  // realtime rules only
  std::vector<std::string> codes_, realtime_, scheduled_;
};

}  // namespace weir::tags
