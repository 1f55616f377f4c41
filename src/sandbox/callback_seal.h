#pragma once
// The vendor's side of the callback cipher, written from wechat.md §1.4 apart from Weir's own: a
// mistake made twice in the same way would hide itself. tests/independent/ checks it with others'
// clients.

#include <string>
#include <string_view>
#include <vector>

namespace weir::sandbox {

/// Hex SHA-1 of the sorted, joined parts.
std::string push_signature(std::vector<std::string> parts);

/// `key43` is the EncodingAESKey, `random16` sixteen bytes.
std::string seal_push(std::string_view key43, std::string_view random16, std::string_view message,
                      std::string_view receive_id);

/// "<Name><![CDATA[value]]></Name>", safe for any value.
std::string cdata(std::string_view name, std::string_view value);

}  // namespace weir::sandbox
