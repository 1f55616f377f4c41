#include "model/template_def.h"

#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

using Lookup = std::function<const std::string*(std::string_view)>;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

std::unexpected<Error> bad(const std::string& where, const std::string& message) {
  return fail(ErrorCode::InvalidArgument, where + ": " + message, where);
}

Result<std::string> fill_holes(std::string_view text, const std::string& where,
                               const Lookup& lookup) {
  std::string out;
  while (true) {
    size_t open = text.find("{{");
    if (open == text.npos) {
      out += text;
      return out;
    }
    size_t close = text.find("}}", open);
    if (close == text.npos) return bad(where, "has {{ without }}");
    std::string_view name = text.substr(open + 2, close - open - 2);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) {
      return bad(where, fmt::format("\"{}\" is not a variable name", name));
    }
    const std::string* value = lookup(name);
    if (value == nullptr) return bad(where, fmt::format("variable \"{}\" is unknown", name));
    if (value->find_first_not_of(" \t\r\n") == std::string::npos) {
      return bad(where, fmt::format("variable \"{}\" is blank", name));
    }
    out += text.substr(0, open);
    out += *value;
    text.remove_prefix(close + 2);
  }
}

Result<RenderedTemplate> render_with(const TemplateDef& d, const Lookup& lookup) {
  RenderedTemplate out;
  WEIR_TRY(out.content, fill_holes(d.content, "content", lookup));
  WEIR_TRY(out.url, fill_holes(d.url, "url", lookup));
  for (const auto& [name, text] : d.fields) {
    WEIR_TRY(out.fields[name], fill_holes(text, "fields." + name, lookup));
  }
  return out;
}

}  // namespace

Result<TemplateDef> parse_template(std::string_view id, std::string_view json_text) {
  WEIR_TRY(json::value document, json::parse(json_text));
  WEIR_TRY(const json::object* o, json::as_object(document, "template"));
  TemplateDef d;
  d.id = id;
  WEIR_TRY(d.channel, json::required_string(*o, "channel"));
  d.scope = json::optional_string(*o, "scope");
  d.vendor_template = json::optional_string(*o, "vendor_template");
  d.content = json::optional_string(*o, "content");
  d.url = json::optional_string(*o, "url");
  if (const json::value* fields = json::find(*o, "fields")) {
    WEIR_TRY(const json::object* map, json::as_object(*fields, "fields"));
    for (const auto& member : *map) {
      std::string name(member.key());
      if (!member.value().is_string()) return bad("fields." + name, "must be a text");
      d.fields[name] = json::view(member.value().get_string());
    }
  }
  static const std::string kFilled = "x";  // every name is known here: only the form is checked
  auto any = [](std::string_view) { return &kFilled; };
  if (auto form = render_with(d, any); !form) return std::unexpected<Error>(form.error());
  return d;
}

Result<RenderedTemplate> render(const TemplateDef& d,
                                const std::map<std::string, std::string>& vars) {
  return render_with(d, [&](std::string_view name) -> const std::string* {
    auto it = vars.find(std::string(name));
    return it == vars.end() ? nullptr : &it->second;
  });
}

bool has_opt_out_text(const TemplateDef& d) {
  for (std::string_view hint : {"退订", "拒收", "TD"}) {
    if (d.content.find(hint) != std::string::npos) return true;
  }
  return false;
}

}  // namespace weir
