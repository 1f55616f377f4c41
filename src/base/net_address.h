#pragma once
// IP addresses as text, for limits and trust that are counted by address (RELIABILITY E2).

#include <string>
#include <string_view>

namespace weir {

/// One spelling for one address: an IPv4 address mapped into IPv6 becomes IPv4. Empty when the text
/// is not an IP address.
std::string canonical_address(std::string_view text);
/// What limits count by: IPv4 whole, IPv6 by its first 64 bits, for one subscriber has all of the
/// rest. Text that is no address is a group of its own.
std::string address_group(std::string_view text);

}  // namespace weir
