#pragma once
// Structured logs as JSON lines on stderr or a file: {"t","level","event",…fields}. There is no way
// to pass a Sealed or Pii value: only numbers and short identifiers that the caller names. Personal
// data in logs is a bug that the canary test looks for.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace weir::log {

struct Field {
  std::string_view name;
  std::variant<int64_t, double, bool, std::string_view> value;
  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class T>
    requires std::is_integral_v<T>
  Field(std::string_view n, T v) : name(n), value(static_cast<int64_t>(v)) {}
};

enum class Level { Debug, Info, Warn, Error };

/// "-" is stderr. Called once at start; before it, logs go to stderr at Info.
void configure(Level level, const std::string& path);
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::Info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::Warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::Error, event, fields);
}

}  // namespace weir::log
