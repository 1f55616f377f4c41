#include "connectors/callback_xml.h"

#include "base/bytes.h"
#include "base/crypto.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <charconv>

namespace weir::connectors {
namespace {

constexpr size_t kBytesMax = 64 << 10;  // RELIABILITY E1
constexpr size_t kDepthMax = 16;
constexpr size_t kElementsMax = 4096;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::InvalidArgument, fmt::format("callback XML {}", why));
}

// Text of the element itself: all its text and CDATA children joined.
std::string text_of(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      text += child.value();
  }
  return trimmed(text);
}

// pugixml's parser is not recursive, so depth costs only memory until here, and size bounds that.
Status collect(const pugi::xml_node& node, const std::string& prefix, size_t depth,
               std::vector<std::pair<std::string, std::string>>& out) {
  if (depth > kDepthMax) return refused(fmt::format("is deeper than {} elements", kDepthMax));
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (out.size() == kElementsMax) return refused("has too many elements");
    std::string path = prefix.empty() ? child.name() : prefix + '/' + child.name();
    out.emplace_back(path, text_of(child));
    WEIR_CHECK_OK(collect(child, path, depth + 1, out));
  }
  return {};
}

}  // namespace

Result<CallbackXml> CallbackXml::parse(std::string_view text) {
  if (text.size() > kBytesMax) return refused(fmt::format("is larger than {} bytes", kBytesMax));
  pugi::xml_document document;
  // parse_doctype keeps the declaration as a node, so that it can be seen and refused: entities and
  // external references have no use here and a long history of abuse.
  auto result = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  if (!result) return refused(fmt::format("does not parse near byte {}", result.offset));
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return refused("has a DOCTYPE");
  }
  pugi::xml_node root = document.document_element();
  if (std::string_view(root.name()) != "xml") return refused("has no <xml> root");
  CallbackXml out;
  WEIR_CHECK_OK(collect(root, {}, 1, out.elements_));
  return out;
}

std::string_view CallbackXml::get(std::string_view path) const {
  for (const auto& [name, text] : elements_) {
    if (name == path) return text;
  }
  return {};
}

bool CallbackXml::has(std::string_view path) const {
  return std::ranges::any_of(elements_, [&](const auto& element) { return element.first == path; });
}

int64_t CallbackXml::integer(std::string_view path) const {
  std::string_view text = get(path);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

std::string CallbackXml::digest() const {
  std::string bytes;
  ByteWriter writer(bytes);
  for (const auto& [name, text] : elements_) {
    writer.string(name);
    writer.string(text);
  }
  return crypto::to_hex(crypto::sha256(bytes));
}

}  // namespace weir::connectors
