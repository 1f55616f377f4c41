#pragma once
// What a Sensors request carries around its records: data or data_list, gzip, crc.

#include "base/http.h"
#include "base/result.h"
#include "base/url.h"

#include <string>
#include <string_view>

namespace weir::collect::sensors {

struct Form {
  std::string text;  // JSON of one record or of a list; empty when nothing was sent
  std::string token, project;
  bool encrypted = false;     // gzip=9: a payload only the vendor's server can open
  bool crc_mismatch = false;  // counted, not refused: proxies mangle
};

/// The target may be "/sa&data=…": clients append to a server_url without a question mark.
std::string_view path_of(std::string_view target);

Result<Form> read_form(const HttpRequest& request);

/// Signed 32-bit h = h · 31 + character over the base64 text.
int32_t check_value(std::string_view base64);

}  // namespace weir::collect::sensors
