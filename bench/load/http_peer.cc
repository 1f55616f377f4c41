#include "bench/load/http_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace weir::bench {
namespace {

// The value of Content-Length; the server writes one in every answer.
bool content_length(std::string_view head, size_t& out) {
  constexpr std::string_view kName = "content-length:";
  auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (at == head.end()) return false;
  std::string_view rest = head.substr(static_cast<size_t>(at - head.begin()) + kName.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return std::from_chars(rest.data(), rest.data() + rest.size(), out).ec == std::errc();
}

}  // namespace

int connect_or_exit(const Address& address, bool blocking) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  bool known = ::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) == 1;
  if (fd < 0 || !known || ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    fmt::print(stderr, "bench: cannot connect to {}:{}: {}\n", address.host, address.port,
               std::strerror(errno));
    std::exit(1);
  }
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!blocking) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

std::string post_text(const Address& address, std::string_view path, std::string_view body) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      path, address.host, address.port, body.size(), body);
}

ResponseReader::State ResponseReader::take(std::string_view bytes) {
  bytes_ += bytes;
  size_t head_end = bytes_.find("\r\n\r\n");
  if (head_end == std::string::npos) return State::Incomplete;
  std::string_view head(bytes_.data(), head_end);
  size_t length = 0;
  if (head.size() < 12 || !head.starts_with("HTTP/1.1 ") || !content_length(head, length)) {
    return State::Broken;
  }
  if (bytes_.size() < head_end + 4 + length) return State::Incomplete;
  status_ = (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
  bytes_.clear();
  return State::Complete;
}

int64_t steady_us() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(
             steady_clock::now().time_since_epoch())
      .count();
}

int64_t wall_us() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(
             system_clock::now().time_since_epoch())
      .count();
}

}  // namespace weir::bench
