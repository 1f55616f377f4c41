#include "base/http_parser.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weir {
namespace {

constexpr size_t kChunkLineBytesMax = 256;  // size and extensions; nobody sends more in earnest
constexpr size_t kTrailerBytesMax = 4 << 10;
constexpr size_t kMethodBytesMax = 32;
constexpr size_t kFirstBodyRoom = 64 << 10;  // a promise of 4 MiB costs memory only as it arrives

// Per byte: the lower-case form when it may stand in a token (RFC 9110 §5.6.2), else 0.
constexpr std::array<char, 256> token_table() {
  std::array<char, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<uint8_t>(c)] = c;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = static_cast<char>(c + 32);
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = c;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<uint8_t>(c)] = c;
  return table;
}
constexpr std::array<char, 256> kToken = token_table();

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return kToken[static_cast<uint8_t>(c)] != 0; });
}

bool is_value_byte(char c) {
  auto byte = static_cast<uint8_t>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_target_byte(char c) {
  auto byte = static_cast<uint8_t>(c);
  return byte > 0x20 && byte != 0x7f;
}

std::string_view trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::ranges::equal(text, lower, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
         });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

size_t HttpRequestParser::feed(std::string_view data) {
  size_t used = 0;
  while (!done() && !failed()) {
    std::string_view rest = data.substr(used);
    State before = state_;
    size_t step = 0;
    if (state_ == State::SizedBody) {
      step = feed_sized_body(rest);
    } else if (state_ == State::ChunkData) {
      step = feed_chunk_data(rest);
    } else {
      step = feed_line(rest);
    }
    used += step;
    if (step == 0 && state_ == before) break;
  }
  return used;
}

HttpRequest HttpRequestParser::take() {
  HttpRequest request = std::move(request_);
  *this = HttpRequestParser(limits_);
  return request;
}

HttpRequestParser::Room HttpRequestParser::body_room() {
  if (state_ != State::SizedBody) return {nullptr, 0};
  std::string& body = request_.body;
  if (received_ == body.size()) {
    body.resize(std::min(length_, std::max(kFirstBodyRoom, received_ * 2)));
  }
  return {body.data() + received_, body.size() - received_};
}

void HttpRequestParser::body_received(size_t size) {
  received_ += size;
  if (received_ == length_) state_ = State::Done;
}

size_t HttpRequestParser::feed_sized_body(std::string_view data) {
  size_t used = 0;
  while (state_ == State::SizedBody && used < data.size()) {
    Room room = body_room();
    size_t size = std::min(room.size, data.size() - used);
    std::memcpy(room.data, data.data() + used, size);
    used += size;
    body_received(size);
  }
  return used;
}

size_t HttpRequestParser::feed_chunk_data(std::string_view data) {
  size_t size = std::min(chunk_left_, data.size());
  request_.body.append(data.substr(0, size));
  received_ += size;
  chunk_left_ -= size;
  if (chunk_left_ == 0) state_ = State::ChunkEnd;
  return size;
}

size_t HttpRequestParser::line_bytes_max() const {
  switch (state_) {
    case State::ChunkSize: return kChunkLineBytesMax;
    case State::ChunkEnd: return 2;
    case State::Trailers: return kTrailerBytesMax - std::min(kTrailerBytesMax, trailer_bytes_);
    default: return limits_.header_bytes_max - header_bytes_;
  }
}

size_t HttpRequestParser::feed_line(std::string_view data) {
  size_t end = data.find('\n');
  size_t size = end == std::string_view::npos ? data.size() : end + 1;
  if (size > line_bytes_max()) {
    bool long_target = state_ == State::RequestLine && size > limits_.target_bytes_max;
    if (in_body()) {
      refuse(400, "chunk framing is not valid");
    } else {
      refuse(long_target ? 414 : 431, long_target ? "URL is too long" : "header is too long");
    }
    return 0;
  }
  if (end == std::string_view::npos) return 0;
  // A lone LF ends a line for some parsers and not for others.
  if (end == 0 || data[end - 1] != '\r') {
    refuse(400, "line does not end with CR LF");
    return 0;
  }
  if (in_header()) header_bytes_ += size;
  if (state_ == State::Trailers) trailer_bytes_ += size;
  on_line(data.substr(0, end - 1));
  return size;
}

void HttpRequestParser::on_line(std::string_view line) {
  switch (state_) {
    case State::RequestLine:
      // RFC 9112 §2.2: old clients send one empty line after a body.
      if (line.empty() && !skipped_empty_line_) {
        skipped_empty_line_ = true;
        header_bytes_ = 0;
        return;
      }
      return on_request_line(line);
    case State::Fields:
      if (line.empty()) return on_header_end();
      on_field(line, false);
      return;
    case State::ChunkSize: return on_chunk_size(line);
    case State::ChunkEnd:
      if (!line.empty()) return refuse(400, "chunk is longer than its size says");
      state_ = State::ChunkSize;
      return;
    case State::Trailers:
      if (line.empty()) {
        state_ = State::Done;
      } else {
        on_field(line, true);  // checked and dropped: nothing of ours reads trailers
      }
      return;
    default: return;  // the other states do not read lines
  }
}

void HttpRequestParser::on_request_line(std::string_view line) {
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "request line is not \"METHOD target HTTP/1.1\"");
  }
  std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMethodBytesMax) {
    return refuse(400, "method is not valid");
  }
  if (target.size() > limits_.target_bytes_max) return refuse(414, "URL is too long");
  if (target.empty() || !std::ranges::all_of(target, is_target_byte)) {
    return refuse(400, "URL holds a space or control character");
  }
  if (version == "HTTP/1.0") {
    http_1_0_ = true;
    keep_alive_ = false;
  } else if (version != "HTTP/1.1") {
    bool other = version.size() == 8 && version.starts_with("HTTP/");
    return refuse(other ? 505 : 400, "only HTTP/1.1 is spoken here");
  }
  request_.method = method;
  on_target(target);
  request_.headers.items.reserve(12);
  if (!failed()) state_ = State::Fields;
}

void HttpRequestParser::on_target(std::string_view target) {
  if (target.starts_with('/') || (target == "*" && request_.method == "OPTIONS")) {
    request_.target = target;
    return;
  }
  // Absolute form, as proxies send it: the path is what we serve.
  size_t mark = target.find("://");
  if (mark == std::string_view::npos || mark == 0) return refuse(400, "URL must begin with /");
  size_t path = target.find_first_of("/?", mark + 3);
  request_.target = path == std::string_view::npos ? "/" : std::string(target.substr(path));
  if (request_.target.front() == '?') request_.target.insert(0, "/");
}

bool HttpRequestParser::on_field(std::string_view line, bool trailer) {
  size_t colon = line.find(':');
  if (line.front() == ' ' || line.front() == '\t') {
    refuse(400, "folded header lines are not accepted");
    return false;
  }
  // A space before the colon is refused with the name: it is no token.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    refuse(400, "header name is not valid");
    return false;
  }
  std::string_view value = trim(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_byte)) {
    refuse(400, "header value holds a control character");
    return false;
  }
  if (trailer) return true;
  if (request_.headers.items.size() >= limits_.header_count_max) {
    refuse(431, "too many headers");
    return false;
  }
  auto& [name, stored] = request_.headers.items.emplace_back();
  name.resize(colon);
  for (size_t i = 0; i < colon; ++i) name[i] = kToken[static_cast<uint8_t>(line[i])];
  stored = value;
  on_known_field(name, value);
  return !failed();
}

void HttpRequestParser::on_known_field(std::string_view name, std::string_view value) {
  if (name == "content-length") return on_content_length(value);
  if (name == "connection") return on_connection(value);
  if (name == "host") {
    if (has_host_) return refuse(400, "Host is given twice");
    has_host_ = true;
  } else if (name == "transfer-encoding") {
    // Only the one coding everybody reads the same way, once.
    if (chunked_ || !equals_ignoring_case(value, "chunked")) {
      return refuse(400, "Transfer-Encoding must be \"chunked\"");
    }
    chunked_ = true;
  } else if (name == "expect") {
    if (!equals_ignoring_case(value, "100-continue")) return refuse(417, "Expect is not known");
    expects_continue_ = true;
  }
}

void HttpRequestParser::on_content_length(std::string_view value) {
  if (has_length_) return refuse(400, "Content-Length is given twice");
  has_length_ = true;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (value.empty() || !std::ranges::all_of(value, is_digit)) {
    return refuse(400, "Content-Length is not a number");
  }
  for (char c : value) {
    length_ = length_ * 10 + static_cast<size_t>(c - '0');
    // Refused at the end of the header, so that ambiguous framing is reported first.
    length_ = std::min(length_, limits_.body_bytes_max + 1);
  }
}

void HttpRequestParser::on_connection(std::string_view value) {
  while (!value.empty()) {
    size_t comma = value.find(',');
    std::string_view option = trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (equals_ignoring_case(option, "close")) keep_alive_ = false;
    if (equals_ignoring_case(option, "keep-alive") && http_1_0_) keep_alive_ = true;
  }
}

void HttpRequestParser::on_header_end() {
  if (!has_host_ && !http_1_0_) return refuse(400, "Host is missing");
  if (chunked_ && has_length_) {
    return refuse(400, "Content-Length and Transfer-Encoding contradict each other");
  }
  if (chunked_ && http_1_0_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  if (length_ > limits_.body_bytes_max) return refuse(413, "body is too large");
  if (chunked_) {
    state_ = State::ChunkSize;
  } else {
    state_ = length_ > 0 ? State::SizedBody : State::Done;
  }
}

void HttpRequestParser::on_chunk_size(std::string_view line) {
  size_t digits = 0;
  size_t size = 0;
  while (digits < line.size() && digits < 8 && hex_digit(line[digits]) >= 0) {
    size = size * 16 + static_cast<size_t>(hex_digit(line[digits++]));
  }
  std::string_view extension = line.substr(digits);
  bool valid = digits > 0 && (extension.empty() || extension.front() == ';') &&
               std::ranges::all_of(extension, is_value_byte);
  if (!valid) return refuse(400, "chunk size is not valid");
  if (size > limits_.body_bytes_max - received_) return refuse(413, "body is too large");
  chunk_left_ = size;
  state_ = size > 0 ? State::ChunkData : State::Trailers;
}

void HttpRequestParser::refuse(int status, std::string_view reason) {
  state_ = State::Failed;
  status_ = status;
  reason_ = reason;
}

}  // namespace weir
