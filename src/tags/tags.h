#pragma once
// Tags (标签): labels that rules, people and imports put on people (SEMANTICS §8). A fold: a value
// is right as of every record, changes are facts ($tag_changed), and what ages out of a window does
// so by a timer.

#include "base/json.h"
#include "base/time.h"
#include "ports/fold.h"
#include "ports/people.h"
#include "ports/person_subject.h"
#include "tags/assignments.h"
#include "tags/given.h"
#include "tags/history.h"
#include "tags/value_type.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

struct TagInfo {
  std::string code;
  TagDefinition definition;
  std::string body;  // JSON of the definition
  uint32_t version = 0;
  uint64_t count = 0;                      // persons with a value
  uint64_t given = 0;                      // of them by people or an import
  std::map<std::string, uint64_t> values;  // display text → persons
  TimeMs updated_at = 0;
  TimeMs as_of = 0;     // scheduled, once: of the last run's values; 0 = no run yet
  TimeMs next_run = 0;  // scheduled
};

struct TagValue {
  std::string code, name;
  Value value;
  TimeMs since = 0;
  ValueSource source = ValueSource::Rule;
};

/// A definition as the API takes it (tags/definition.h); errors name the field.
Status validate_definition(const json::value& body, const Calendar& calendar);

/// A definition to begin with: what most brands want (§7 RF, LC1, PT1–PT3).
struct TagTemplate {
  std::string_view code, about, body;  // about: zh, one sentence
};
std::span<const TagTemplate> tag_templates();

/// Everything but the constructor runs on the fold executor.
class Tags : public Fold, public TagReader {
 public:
  static std::unique_ptr<Tags> make(const IdentityReader& identities, PersonReaders readers,
                                    const Calendar& calendar);

  virtual std::vector<TagInfo> list() const = 0;
  virtual Result<TagInfo> get(std::string_view code) const = 0;
  virtual std::vector<TagValue> of(ProfileOrdinal profile) const = 0;
  /// Null when there is no such tag.
  virtual const TagDefinition* definition(std::string_view code) const = 0;
  /// Newest first, the latest kPeriodsMax changes; `code` empty = of all tags.
  virtual std::vector<TagPeriod> history(ProfileOrdinal profile, std::string_view code,
                                         TimeMs now) const = 0;
  /// Persons with the tag (and that value, when not empty), ordinals from `from` on.
  virtual std::vector<ProfileOrdinal> holders(std::string_view code, std::string_view value,
                                              ProfileOrdinal from, size_t limit) const = 0;
};

}  // namespace weir::tags
