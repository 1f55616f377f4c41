#include "base/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

namespace weir {
namespace {

constexpr int kDepthMax = 32;

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

// The core schema of YAML 1.2, so that "no" and "on" stay words.
json::value scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return json::value(text);  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  const char* end = text.data() + text.size();
  int64_t integer = 0;
  auto parsed = std::from_chars(text.data(), end, integer);
  if (parsed.ec == std::errc() && parsed.ptr == end) return integer;
  bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  double number = 0;
  auto parsed_double = std::from_chars(text.data(), end, number);
  if (numeric && parsed_double.ec == std::errc() && parsed_double.ptr == end) return number;
  return json::value(text);
}

class Converter {
 public:
  Converter(const std::string& name, std::map<std::string, int, std::less<>>& lines)
      : name_(name), lines_(lines) {}

  Result<json::value> convert(const YAML::Node& node, const std::string& path, int depth) {
    int line = line_of(node.Mark());
    lines_.emplace(path, line);
    if (depth > kDepthMax) return bad(line, "is nested more than 32 levels deep");
    switch (node.Type()) {
      case YAML::NodeType::Map: return convert_map(node, path, depth);
      case YAML::NodeType::Sequence: return convert_list(node, path, depth);
      case YAML::NodeType::Scalar: return scalar(node);
      default: return json::value(nullptr);
    }
  }

 private:
  Result<json::value> convert_map(const YAML::Node& node, const std::string& path, int depth) {
    json::object object;
    for (const auto& item : node) {
      int line = line_of(item.first.Mark());
      if (!item.first.IsScalar()) return bad(line, "a key must be plain text");
      const std::string& key = item.first.Scalar();
      if (object.contains(key)) {
        return bad(line, fmt::format("key \"{}\" is given twice; keep one of them", key));
      }
      std::string inner = path.empty() ? key : path + "." + key;
      lines_.emplace(inner, line);
      WEIR_TRY(json::value value, convert(item.second, inner, depth + 1));
      object.emplace(key, std::move(value));
    }
    return json::value(std::move(object));
  }

  Result<json::value> convert_list(const YAML::Node& node, const std::string& path, int depth) {
    json::array array;
    for (const auto& item : node) {
      std::string inner = fmt::format("{}[{}]", path, array.size());
      WEIR_TRY(json::value value, convert(item, inner, depth + 1));
      array.push_back(std::move(value));
    }
    return json::value(std::move(array));
  }

  std::unexpected<Error> bad(int line, std::string_view why) const {
    return fail(ErrorCode::InvalidArgument, fmt::format("{}:{}: {}", name_, line, why));
  }

  const std::string& name_;
  std::map<std::string, int, std::less<>>& lines_;
};

}  // namespace

Result<ConfigFile> ConfigFile::parse(std::string_view text, std::string name) {
  ConfigFile file;
  file.name_ = std::move(name);
  try {
    YAML::Node node = YAML::Load(std::string(text));
    Converter converter(file.name_, file.lines_);
    WEIR_TRY(file.root_, converter.convert(node, "", 0));
  } catch (const YAML::Exception& exception) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}:{}: {}", file.name_, line_of(exception.mark), exception.msg));
  }
  if (file.root_.is_null()) file.root_ = json::object();
  if (!file.root_.is_object()) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: the file must hold \"key: value\" lines", file.name_));
  }
  return file;
}

Result<ConfigFile> ConfigFile::load(FileSystem& files, const std::string& path) {
  WEIR_TRY(std::string text, files.read_all(path));
  return parse(text, path);
}

Error ConfigFile::located(Error error) const {
  auto found = error.field.empty() ? lines_.end() : lines_.find(error.field);
  // A missing key has no line of its own; the line of what should hold it is near enough.
  std::string_view parent = error.field;
  while (found == lines_.end()) {
    size_t end = parent.find_last_of(".[");
    if (end == std::string_view::npos) break;
    parent = parent.substr(0, end);
    found = lines_.find(parent);
  }
  if (found == lines_.end()) return with_context(std::move(error), name_);
  return with_context(std::move(error), fmt::format("{}:{}", name_, found->second));
}

}  // namespace weir
