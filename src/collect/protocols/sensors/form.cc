#include "collect/protocols/sensors/form.h"

#include "collect/body.h"

#include <algorithm>
#include <charconv>

namespace weir::collect::sensors {
namespace {

// "crc=1994776328" of the ext field, or the bare number of the crc field.
bool crc_differs(std::string_view given, std::string_view base64) {
  if (given.starts_with("crc=")) given.remove_prefix(4);
  if (given.empty()) return false;
  int64_t value = 0;
  auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size()) return true;
  return static_cast<int32_t>(value) != check_value(base64);
}

}  // namespace

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find_first_of("?&"));
}

int32_t check_value(std::string_view base64) {
  uint32_t hash = 0;
  for (char c : base64) hash = hash * 31 + static_cast<uint8_t>(c);
  return static_cast<int32_t>(hash);
}

Result<Form> read_form(const HttpRequest& request) {
  std::string_view path = path_of(request.target);
  std::string_view rest = std::string_view(request.target).substr(path.size());
  QueryString query(rest.empty() ? rest : rest.substr(1));
  Form form;
  form.token = query.get("token");
  form.project = query.get("project");

  WEIR_TRY(std::string body, plain_body(request, kBatchBytesMax));
  if (body.find_first_of("{[") == body.find_first_not_of(" \t\r\n") && !body.empty()) {
    form.text = std::move(body);  // JSON without a form around it
    return form;
  }
  QueryString fields(body);
  auto get = [&](std::string_view name) {
    std::string_view value = fields.get(name);
    return value.empty() ? query.get(name) : value;
  };
  if (form.token.empty()) form.token = fields.get("token");
  if (form.project.empty()) form.project = fields.get("project");
  std::string_view data = get("data_list");
  if (data.empty()) data = get("data");
  if (data.empty()) return form;
  form.encrypted = get("gzip") == "9";
  std::string base64(data);
  std::ranges::replace(base64, ' ', '+');
  form.crc_mismatch = crc_differs(get("ext"), base64) || crc_differs(get("crc"), base64);
  if (form.encrypted) {
    form.text = std::move(base64);
    return form;
  }
  WEIR_TRY(form.text, decode_form_value(data));
  return form;
}

}  // namespace weir::collect::sensors
