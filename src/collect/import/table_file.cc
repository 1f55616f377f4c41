#include "collect/import/table_file.h"

#include "base/crypto.h"
#include "base/gzip.h"
#include "base/json.h"
#include "collect/import/text_encoding.h"
#include "model/filter.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

constexpr size_t kInflatedMax = size_t{4} << 30;
constexpr size_t kColumnsMax = 500;
constexpr size_t kHeaderRowsSampled = 1000;  // JSON lines: columns are the keys of these

std::string_view format_name(std::string_view name) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

char guess_separator(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  char best = ',';
  for (char c : {',', '\t', ';'}) {
    if (std::ranges::count(line, c) > std::ranges::count(line, best)) best = c;
  }
  return best;
}

}  // namespace

std::string_view bare_cell(std::string_view cell) {
  auto trim = [&] {
    while (cell.starts_with(' ') || cell.starts_with('\t')) cell.remove_prefix(1);
    while (cell.ends_with(' ') || cell.ends_with('\t') || cell.ends_with('\r'))
      cell.remove_suffix(1);
  };
  trim();
  if (cell.size() >= 3 && cell.starts_with("=\"") && cell.ends_with('"'))
    cell = cell.substr(2, cell.size() - 3);
  if (cell.starts_with('\'')) cell.remove_prefix(1);
  trim();
  return cell;
}

Result<TableFile> TableFile::open(FileSystem& files, const std::string& path,
                                  std::string_view encoding) {
  auto mapped = files.map(path);
  if (!mapped) return std::unexpected<Error>(with_context(std::move(mapped).error(), path));
  WEIR_TRY(TableFile file, from_bytes(std::string((*mapped)->bytes()), path, encoding));
  return file;
}

Result<TableFile> TableFile::from_bytes(std::string bytes, std::string_view name,
                                        std::string_view encoding) {
  TableFile file;
  file.checksum_ = crypto::to_hex(crypto::sha256(bytes));
  if (looks_like_gzip(bytes)) {
    WEIR_TRY(bytes, inflate(bytes, kInflatedMax));
  }
  if (encoding.empty() || encoding == "auto") encoding = guess_encoding(bytes);
  WEIR_TRY(std::string text, to_utf8(bytes, encoding));
  file.decoded_ = std::make_shared<std::string>(std::move(text));
  file.text_ = *file.decoded_;
  std::string_view format = format_name(name);
  size_t first = file.text_.find_first_not_of(" \r\n\t");
  if (format == "jsonl" || format == "ndjson" || format == "json" ||
      (first != std::string_view::npos && file.text_[first] == '{')) {
    file.format_ = Format::Jsonl;
    WEIR_CHECK_OK(file.collect_json_columns());
  } else {
    file.separator_ = format == "tsv" ? '\t' : guess_separator(file.text_);
    WEIR_CHECK_OK(file.read_header());
  }
  file.rewind();
  return file;
}

int TableFile::column(std::string_view name) const {
  auto it = std::ranges::find(columns_, name);
  return it == columns_.end() ? -1 : static_cast<int>(it - columns_.begin());
}

void TableFile::rewind() {
  at_ = start_;
  row_ = 0;
}

void TableFile::continue_with(std::string_view text, uint64_t rows_before) {
  text_ = text;
  at_ = 0;
  row_ = rows_before;
}

TableFile TableFile::without_rows() const {
  TableFile empty = *this;
  empty.decoded_.reset();
  empty.continue_with({}, 0);
  empty.start_ = 0;
  return empty;
}

Status TableFile::read_header() {
  std::string_view text;
  std::string error;
  if (!next_record(columns_, text, error) || !error.empty()) {
    return fail(ErrorCode::InvalidArgument, "the file has no header row with column names");
  }
  for (std::string& name : columns_) name = bare_cell(name);
  if (columns_.size() > kColumnsMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("the header has more than {} columns", kColumnsMax));
  }
  start_ = at_;
  return {};
}

Status TableFile::collect_json_columns() {
  for (size_t i = 0; i < kHeaderRowsSampled && at_ < text_.size(); ++i) {
    size_t end = std::min(text_.find('\n', at_), text_.size());
    auto parsed = json::parse(text_.substr(at_, end - at_));
    at_ = end + 1;
    if (!parsed || !parsed->is_object()) continue;
    for (const auto& member : parsed->get_object()) {
      std::string key(member.key());
      if (column(key) < 0 && columns_.size() < kColumnsMax) columns_.push_back(std::move(key));
    }
  }
  if (columns_.empty()) return fail(ErrorCode::InvalidArgument, "the file holds no JSON object");
  return {};
}

bool TableFile::next(TableRow& row) {
  row.cells.clear();
  row.error.clear();
  bool more = format_ == Format::Jsonl ? next_json(row) : next_csv(row);
  if (more) row.number = ++row_;
  return more;
}

// RFC 4180: a quoted cell may hold separators, line ends and doubled quotes.
bool TableFile::next_record(std::vector<std::string>& cells, std::string_view& text,
                            std::string& error) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  if (at_ >= text_.size()) return false;
  size_t begin = at_, n = 0;
  auto cell = [&]() -> std::string& {
    if (n == cells.size()) cells.emplace_back();
    cells[n].clear();
    return cells[n++];
  };
  while (true) {
    std::string& out = cell();
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      while (true) {
        size_t quote = text_.find('"', at_);
        if (quote == std::string_view::npos) {
          error = "a quoted cell never ends";
          at_ = text_.size();
          break;
        }
        out.append(text_.substr(at_, quote - at_));
        at_ = quote + 1;
        if (at_ >= text_.size() || text_[at_] != '"') break;
        out.push_back('"');
        ++at_;
      }
    }
    // The rest up to the separator: all of a plain cell, nothing of a well-formed quoted one.
    size_t end = at_;
    while (end < text_.size() && text_[end] != separator_ && text_[end] != '\n') ++end;
    std::string_view rest = text_.substr(at_, end - at_);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    out.append(rest);
    at_ = end;
    if (at_ >= text_.size() || text_[at_] == '\n') break;
    ++at_;
  }
  text = text_.substr(begin, at_ - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (at_ < text_.size()) ++at_;
  cells.resize(n);
  return true;
}

bool TableFile::next_csv(TableRow& row) {
  std::vector<std::string> cells;
  if (!next_record(cells, row.text, row.error)) return false;
  if (row.error.empty() && cells.size() != columns_.size()) {
    row.error = fmt::format("the row has {} cells, the header {}", cells.size(), columns_.size());
  }
  for (const std::string& cell : cells) {
    std::string_view bare = bare_cell(cell);
    if (bare.empty())
      row.cells.emplace_back(std::monostate{});
    else
      row.cells.emplace_back(std::string(bare));
  }
  return true;
}

bool TableFile::next_json(TableRow& row) {
  while (at_ < text_.size()) {
    size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    row.text = line;
    row.cells.assign(columns_.size(), Value());
    auto parsed = json::parse(line);
    if (!parsed || !parsed->is_object()) {
      row.error = "the line is not a JSON object";
      return true;
    }
    for (const auto& member : parsed->get_object()) {
      int index = column(std::string_view(member.key().data(), member.key().size()));
      if (index >= 0) row.cells[static_cast<size_t>(index)] = value_from_json(member.value());
    }
    return true;
  }
  return false;
}

}  // namespace weir::collect
