#pragma once
// A message template (Definition "template/<id>"): what one channel sends, with {{var}} holes that
// are filled strictly: an unknown or blank variable is an error, never an empty place (RELIABILITY
// J9).

#include "base/result.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace weir {

struct TemplateDef {
  std::string id;
  std::string channel;          // "mp_template", "sms" …
  std::string scope;            // appid, corpid or sign it belongs to
  std::string vendor_template;  // the vendor's template id or code
  std::string content;  // text with holes; for SMS the text as registered, for people and checks
  std::map<std::string, std::string> fields;  // vendor field → text with holes
  std::string url;                            // may be empty
};

/// A template with its holes filled.
struct RenderedTemplate {
  std::string content, url;
  std::map<std::string, std::string> fields;
};

/// Errors name the field. Holes must be closed and named [A-Za-z0-9_.].
Result<TemplateDef> parse_template(std::string_view id, std::string_view json_text);

/// InvalidArgument names the variable that is unknown or blank.
Result<RenderedTemplate> render(const TemplateDef& definition,
                                const std::map<std::string, std::string>& vars);

/// L24: a marketing SMS must tell how to opt out (退订 / 拒收 / TD).
bool has_opt_out_text(const TemplateDef& definition);

}  // namespace weir
