#include "pipeline/imported_rows.h"

#include "pipeline/keys.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace weir::pipeline {
namespace {

constexpr size_t kFileDigits = 16;
constexpr std::string_view kEventsSource = "import:events";

}  // namespace

bool ImportedRows::is_file(std::string_view file) {
  return file.size() == kFileDigits && std::ranges::all_of(file, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<FileRow> ImportedRows::parse(const Envelope& record) {
  std::string_view id = record.message_id;
  if (record.source != kEventsSource || id.size() < kFileDigits + 2 || id[kFileDigits] != ':')
    return std::nullopt;
  FileRow row{id.substr(0, kFileDigits), 0};
  std::string_view digits = id.substr(kFileDigits + 1);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), row.number);
  if (!is_file(row.file) || error != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return row;
}

ResidentBits& ImportedRows::rows_of(std::string_view file) {
  auto it = files_.find(file);
  if (it == files_.end()) {
    std::string name(file);
    auto bits = std::make_unique<ResidentBits>(pipeline_key(kFileRows) + name);
    it = files_.emplace(std::move(name), std::move(bits)).first;
  }
  return *it->second;
}

bool ImportedRows::take(const FileRow& row) {
  return rows_of(row.file).insert(row.number);
}

Status ImportedRows::load(const StateStore& store) {
  std::set<std::string> files;
  std::string prefix = pipeline_key(kFileRows);
  WEIR_CHECK_OK(store.scan(prefix, [&](std::string_view key, std::string_view) {
    files.emplace(key.substr(prefix.size(), kFileDigits));
    return true;
  }));
  for (const std::string& file : files) WEIR_CHECK_OK(rows_of(file).load(store));
  return {};
}

void ImportedRows::save(WriteBatch& batch) {
  for (auto& [file, bits] : files_) bits->save(batch);
}

}  // namespace weir::pipeline
