#include "base/http_server.h"
#include "base/real_env.h"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <vector>

namespace weir {
namespace {

Result<HttpResponse> call(Env& env, std::string url, HttpRequest request = {},
                          DurationMs timeout_ms = 10'000) {
  std::promise<Result<HttpResponse>> promise;
  env.http().send(std::move(url), std::move(request), timeout_ms,
                  [&](Result<HttpResponse> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::string origin_of(const HttpServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

// A listening socket that accepts by hand, for peers that misbehave.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(fd_); }
  int accept() const { return ::accept(fd_, nullptr, nullptr); }
  uint16_t port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST(HttpClientTest, SendsAndReceivesEverything) {
  auto env = make_real_env();
  auto server = HttpServer::open({}, [](HttpRequest request, HttpResponder respond) {
    HttpResponse response =
        HttpResponse::text(201, request.method + " " + request.target + " " +
                                    std::string(request.headers.get("x-a")) + " " + request.body);
    response.headers.set("x-host", std::string(request.headers.get("host")));
    respond(std::move(response));
  });
  ASSERT_TRUE(server.has_value());
  HttpRequest request;
  request.method = "POST";
  request.headers.set("x-a", "value");
  request.body = "payload";
  auto response = call(*env, origin_of(**server) + "/path?q=1", request);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "POST /path?q=1 value payload");
  EXPECT_EQ("http://" + std::string(response->headers.get("x-host")), origin_of(**server));
  HttpRequest head;
  head.method = "HEAD";
  auto nothing = call(*env, origin_of(**server) + "/", head);
  ASSERT_TRUE(nothing.has_value()) << nothing.error().message;
  EXPECT_EQ(nothing->body, "");
}

TEST(HttpClientTest, UsesAConnectionAgain) {
  auto env = make_real_env();
  Listener listener;
  std::thread peer([&] {
    int fd = listener.accept();
    for (int i = 0; i < 3; ++i) {
      char buffer[4096];
      if (::recv(fd, buffer, sizeof(buffer), 0) <= 0) break;
      std::string_view answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
      ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
  });
  for (int i = 0; i < 3; ++i) {
    auto response = call(*env, listener.origin() + "/");
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->body, "ok");
  }
  peer.join();
}

TEST(HttpClientTest, NoticesThatAKeptConnectionWasClosed) {
  auto env = make_real_env();
  Listener listener;
  std::thread peer([&] {
    for (int i = 0; i < 3; ++i) {
      int fd = listener.accept();
      char buffer[4096];
      if (::recv(fd, buffer, sizeof(buffer), 0) > 0) {
        std::string_view answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      ::close(fd);  // without saying so before
    }
  });
  for (int i = 0; i < 3; ++i) {
    auto response = call(*env, listener.origin() + "/");
    ASSERT_TRUE(response.has_value()) << response.error().message;
  }
  peer.join();
}

TEST(HttpClientTest, GivesUpAtTheDeadlineAndTellsOtherFailuresApart) {
  auto env = make_real_env();
  Listener silent;
  auto late = call(*env, silent.origin() + "/", {}, 50);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::DeadlineExceeded);
  uint16_t closed_port;
  {
    Listener gone;
    closed_port = gone.port();
  }
  auto refused = call(*env, "http://127.0.0.1:" + std::to_string(closed_port) + "/");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(refused.error().message.find("unknown"), std::string::npos);
  EXPECT_EQ(refused.error().field, "connection");
  Listener rude;
  std::thread peer([&] {
    int fd = rude.accept();
    char buffer[4096];
    EXPECT_GT(::recv(fd, buffer, sizeof(buffer), 0), 0);
    ::close(fd);
  });
  HttpRequest post;
  post.method = "POST";
  auto unknown = call(*env, rude.origin() + "/", post);
  peer.join();
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::Unavailable);
  EXPECT_NE(unknown.error().message.find("the outcome is unknown"), std::string::npos);
  EXPECT_EQ(unknown.error().field, "");
}

TEST(HttpClientTest, RefusesWhatIsNoCall) {
  auto env = make_real_env();
  EXPECT_EQ(call(*env, "nonsense").error().code, ErrorCode::InvalidArgument);
  HttpRequest request;
  request.headers.set("x-a", "1\r\nx-b: 2");
  EXPECT_EQ(call(*env, "http://127.0.0.1:1/", request).error().code, ErrorCode::InvalidArgument);
}

TEST(HttpClientTest, QueuesBeyondItsConnectionsAndAnswersAll) {
  auto env = make_real_env();
  auto server = HttpServer::open({}, [](HttpRequest request, HttpResponder respond) {
    respond(HttpResponse::text(200, std::string(request.body)));
  });
  ASSERT_TRUE(server.has_value());
  std::mutex mutex;
  std::set<std::string> seen;
  std::promise<void> all;
  for (int i = 0; i < 1000; ++i) {
    HttpRequest request;
    request.method = "POST";
    request.body = std::to_string(i);
    env->http().send(origin_of(**server) + "/", request, 20'000, [&](Result<HttpResponse> result) {
      std::lock_guard lock(mutex);
      seen.insert(result ? result->body : result.error().message);
      if (seen.size() == 1000) all.set_value();
    });
  }
  all.get_future().get();
  EXPECT_TRUE(seen.contains("0") && seen.contains("999"));
}

TEST(HttpClientTest, AnswersOpenCallsWhenItStops) {
  Listener silent;
  int answered = 0;
  {
    auto env = make_real_env();
    env->http().send(silent.origin() + "/", {}, 3'600'000, [&](Result<HttpResponse> result) {
      EXPECT_EQ(result.error().code, ErrorCode::Unavailable);
      ++answered;
    });
  }
  EXPECT_EQ(answered, 1);
}

// A certificate for "localhost" that signs itself.
struct Certificate {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  Certificate() {
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    auto* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509, key, EVP_sha256());
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() {
    X509_free(x509);
    EVP_PKEY_free(key);
  }
};

// Accepts `count` TLS connections, one request each; counts the handshakes that succeeded.
int serve_tls(const Listener& listener, const Certificate& certificate, int count) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context, certificate.x509);
  SSL_CTX_use_PrivateKey(context, certificate.key);
  int good = 0;
  for (int i = 0; i < count; ++i) {
    int fd = listener.accept();
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    char buffer[4096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof(buffer)) > 0) {
      ++good;
      std::string_view answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret";
      SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ::close(fd);
  }
  SSL_CTX_free(context);
  return good;
}

TEST(HttpClientTlsTest, TrustsOnlyAKnownCertificateOfTheRightHost) {
  Certificate certificate;
  Listener listener;
  std::promise<int> good;
  std::thread peer([&] { good.set_value(serve_tls(listener, certificate, 3)); });
  std::string port = std::to_string(listener.port());

  auto stranger = make_real_env();
  auto untrusted = call(*stranger, "https://localhost:" + port + "/");
  ASSERT_FALSE(untrusted.has_value());
  EXPECT_NE(untrusted.error().message.find("no trusted TLS"), std::string::npos);

  std::string path = "/tmp/weir_certificate_" + std::to_string(::getpid()) + ".pem";
  FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, certificate.x509);
  std::fclose(file);
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  auto friendly = make_real_env();
  ::unsetenv("SSL_CERT_FILE");
  auto wrong_host = call(*friendly, "https://127.0.0.1:" + port + "/");
  EXPECT_FALSE(wrong_host.has_value());
  auto response = call(*friendly, "https://localhost:" + port + "/");
  peer.join();
  std::filesystem::remove(path);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->body, "secret");
  EXPECT_EQ(good.get_future().get(), 1);
}

}  // namespace
}  // namespace weir
