#pragma once
// Configuration files: YAML read into our JSON tree, so that rooms never see the YAML library.
// Errors carry file and line, those of the file's syntax and, through located(), those that a room
// finds in a value.

#include "base/env.h"
#include "base/json.h"
#include "base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace weir {

class ConfigFile {
 public:
  /// `name` stands in messages, e.g. "conf/weir.yaml". Plain scalars become null, bool, integer or
  /// number where they look like one, quoted scalars stay strings. A key given twice is an error.
  static Result<ConfigFile> parse(std::string_view text, std::string name);
  static Result<ConfigFile> load(FileSystem& files, const std::string& path);

  /// An empty file is an empty object.
  const json::value& root() const { return root_; }

  /// Puts "conf/weir.yaml:12: " before the message, by the line of `error.field` ("log.dir",
  /// "sources[2].key"); only the name of the file when the field is not in it.
  Error located(Error error) const;

 private:
  std::string name_;
  json::value root_;
  std::map<std::string, int, std::less<>> lines_;
};

}  // namespace weir
