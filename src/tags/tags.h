#pragma once
// Tags (标签): labels computed by layered rules (SEMANTICS TG1, TG2, TG7). A fold: a value is right
// as of every record, changes are facts ($tag_changed), and what ages out of a window does so by a
// timer.

#include "base/json.h"
#include "base/time.h"
#include "ports/fold.h"
#include "ports/people.h"
#include "ports/person_subject.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

struct TagInfo {
  std::string code, name, category, value_type, rule;
  uint32_t version = 0;
  uint64_t count = 0;                      // persons with a value
  std::map<std::string, uint64_t> values;  // display text → persons
  TimeMs updated_at = 0;
};

struct TagValue {
  std::string code, name;
  Value value;
  TimeMs since = 0;
};

/// {"name","category","value_type","rule"} as the API takes it; the first match of the layers wins.
Status validate_definition(const json::value& body, const Calendar& calendar);

/// Everything but the constructor runs on the fold executor.
class Tags : public Fold, public TagReader {
 public:
  static std::unique_ptr<Tags> make(const IdentityReader& identities, PersonReaders readers,
                                    Calendar calendar);

  virtual std::vector<TagInfo> list() const = 0;
  virtual Result<TagInfo> get(std::string_view code) const = 0;
  virtual std::vector<TagValue> of(ProfileOrdinal profile) const = 0;
};

}  // namespace weir::tags
