#include "base/log.h"

#include "base/time.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>

namespace weir::log {
namespace {

// A field is an identifier or a short message. Longer text would be content, which logs never hold.
constexpr size_t kTextBytesMax = 512;

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink,
                                            spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("weir", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(level);
  logger->flush_on(spdlog::level::debug);  // a line explains a crash only if it left the process
  return logger;
}

struct Target {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger =
      make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::level::info);
};

// Never destroyed: threads may log while the process exits.
Target& target() {
  static Target* instance = new Target;
  return *instance;
}

std::shared_ptr<spdlog::logger> current_logger() {
  std::lock_guard lock(target().mutex);
  return target().logger;
}

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warn: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::Debug: return "debug";
    case Level::Info: return "info";
    case Level::Warn: return "warn";
    case Level::Error: return "error";
  }
  return "error";
}

std::string_view cut(std::string_view text) {
  if (text.size() <= kTextBytesMax) return text;
  size_t size = kTextBytesMax;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

void append_text(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : cut(text)) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint8_t>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

struct AppendValue {
  std::string& out;
  void operator()(int64_t v) const { fmt::format_to(std::back_inserter(out), "{}", v); }
  void operator()(double v) const {
    if (std::isfinite(v)) {
      fmt::format_to(std::back_inserter(out), "{}", v);
    } else {
      out += "null";
    }
  }
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(std::string_view v) const { append_text(out, v); }
};

TimeMs wall_now() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

void configure(Level level, const std::string& path) {
  spdlog::sink_ptr sink;
  std::string problem;
  if (path != "-") {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    } catch (const spdlog::spdlog_ex& exception) {
      problem = exception.what();
    }
  }
  if (!sink) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  {
    std::lock_guard lock(target().mutex);
    target().logger = make_logger(std::move(sink), native(level));
  }
  if (!problem.empty()) warn("log_file_unavailable", {{"path", path}, {"reason", problem}});
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto logger = current_logger();
  if (!logger->should_log(native(level))) return;
  std::string line;
  line.reserve(160);
  fmt::format_to(std::back_inserter(line),
                 "{{\"t\":\"{}\",\"level\":\"{}\",\"event\":", format_utc(wall_now()),
                 level_name(level));
  append_text(line, event);
  for (const Field& field : fields) {
    line.push_back(',');
    append_text(line, field.name);
    line.push_back(':');
    std::visit(AppendValue{line}, field.value);
  }
  line.push_back('}');
  logger->log(native(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace weir::log
