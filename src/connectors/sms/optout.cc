#include "connectors/sms/optout.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace weir::connectors::sms {
namespace {

constexpr std::array<std::string_view, 38> kWords = {
    "T",           "TD",       "TDH",  "R",        "N",     "0000",      "QX",      "退订",
    "取消",        "取消订阅", "拒收", "不要再发", "TT",    "TDTD",      "TUIDING", "STOP",
    "UNSUBSCRIBE", "NO",       "退",   "退定",     "退订T", "回T",       "回T退订", "回TD退订",
    "回复T",       "回复TD",   "回R",  "回复R",    "拒绝",  "拒收R",     "退订回T", "退订回TD",
    "不要发了",    "别再发了", "勿扰", "停止发送", "回TD",  "不要再发了"};

constexpr std::array<std::string_view, 8> kHints = {"拒收请回复R", "拒收请回R",   "退订回T",
                                                    "退订请回T",   "退订请回复T", "回T退订",
                                                    "回TD退订",    "回复TD退订"};

// One UTF-8 code point from the front of `text`; a broken byte stands for itself.
char32_t next_code_point(std::string_view& text) {
  auto lead = static_cast<uint8_t>(text.front());
  size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead >= 0x80 && (lead < 0xc0 || size > text.size())) size = 1;
  char32_t point = size == 1 ? lead : lead & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) point = point << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
  text.remove_prefix(size);
  return point;
}

void append_utf8(char32_t point, std::string& out) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
    return;
  }
  // Only the two- and three-byte planes matter for the words above.
  if (point >= 0x10000) return;
  if (point >= 0x800) {
    out.push_back(static_cast<char>(0xe0 | point >> 12));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xc0 | point >> 6));
  }
  out.push_back(static_cast<char>(0x80 | (point & 0x3f)));
}

bool is_ignored(char32_t c) {
  bool ascii_noise = c < 0x80 && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z');
  bool space = c == 0xa0 || c == 0xfeff || (c >= 0x2000 && c <= 0x206f);
  bool cjk_punctuation = (c >= 0x3000 && c <= 0x303f) || c == 0xb7 || c == 0xff5e;
  return ascii_noise || space || cjk_punctuation;
}

// Full width to half width, upper case, spaces and punctuation dropped.
std::string normalised(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char32_t c = next_code_point(text);
    if (c >= 0xff01 && c <= 0xff5e) c = c - 0xff01 + 0x21;
    if (c >= 'a' && c <= 'z') c = c - 'a' + 'A';
    if (!is_ignored(c)) append_utf8(c, out);
  }
  return out;
}

constexpr size_t kReplyBytesMax = 1024;  // refusals are short; a novel is not one

}  // namespace

bool is_optout(std::string_view reply) {
  if (reply.size() > kReplyBytesMax) return false;
  std::string text = normalised(reply);
  return std::ranges::find(kWords, std::string_view(text)) != kWords.end();
}

bool has_optout_hint(std::string_view text) {
  std::string plain = normalised(text);
  return std::ranges::any_of(
      kHints, [&](std::string_view hint) { return plain.find(hint) != std::string::npos; });
}

}  // namespace weir::connectors::sms
