#include "base/net_address.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace weir {
namespace {

namespace ip = boost::asio::ip;

ip::address parse_address(std::string_view text) {
  boost::system::error_code error;
  ip::address address = ip::make_address(std::string(text), error);
  if (error) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

std::string canonical_address(std::string_view text) {
  ip::address address = parse_address(text);
  return address.is_unspecified() ? std::string() : address.to_string();
}

std::string address_group(std::string_view text) {
  ip::address address = parse_address(text);
  if (address.is_unspecified()) return std::string(text);
  if (address.is_v4()) return address.to_string();
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), uint8_t{0});
  return ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace weir
