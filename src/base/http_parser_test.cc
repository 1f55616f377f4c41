#include "base/http_parser.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

const std::string kRequest =
    "POST /batch?x=1 HTTP/1.1\r\nHost: weir\r\nX-Key: a: b\r\nContent-Length: 5\r\n\r\nhello";

TEST(HttpParserTest, DoesNotCareHowBytesArrive) {
  for (size_t piece = 1; piece <= kRequest.size(); ++piece) {
    HttpRequestParser parser({});
    std::string pending;
    for (size_t i = 0; i < kRequest.size(); i += piece) {
      pending += kRequest.substr(i, piece);
      pending.erase(0, parser.feed(pending));
    }
    ASSERT_TRUE(parser.done()) << piece;
    HttpRequest request = parser.take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/batch?x=1");
    EXPECT_EQ(request.headers.get("x-key"), "a: b");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(parser.idle());
  }
}

TEST(HttpParserTest, LeavesTheNextRequestAlone) {
  HttpRequestParser parser({});
  std::string two = kRequest + "GET / HTTP/1.1\r\nHost: w\r\n\r\n";
  EXPECT_EQ(parser.feed(two), kRequest.size());
  EXPECT_TRUE(parser.done());
}

TEST(HttpParserTest, ReceivesABodyInPlace) {
  HttpRequestParser parser({});
  std::string head = "POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 200000\r\n\r\n";
  EXPECT_EQ(parser.feed(head), head.size());
  size_t total = 0;
  while (!parser.done()) {
    auto room = parser.body_room();
    ASSERT_GT(room.size, 0u);
    // Memory follows what arrived, not what was promised.
    EXPECT_LE(room.size, std::max<size_t>(64 << 10, total));
    std::fill(room.data, room.data + room.size, 'b');
    parser.body_received(room.size);
    total += room.size;
  }
  EXPECT_EQ(total, 200'000u);
  EXPECT_EQ(parser.take().body, std::string(200'000, 'b'));
}

TEST(HttpParserTest, KnowsWhenTheConnectionGoesOn) {
  auto keeps = [](std::string_view text) {
    HttpRequestParser parser({});
    parser.feed(text);
    EXPECT_TRUE(parser.done()) << text;
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: w\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: w\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(HttpParserTest, UnderstandsTheAbsoluteFormAndOneEmptyLine) {
  HttpRequestParser parser({});
  parser.feed("\r\nGET http://weir.example/a?b HTTP/1.1\r\nHost: weir.example\r\n\r\n");
  ASSERT_TRUE(parser.done());
  EXPECT_EQ(parser.take().target, "/a?b");
  parser.feed("GET http://weir.example?b HTTP/1.1\r\nHost: weir.example\r\n\r\n");
  ASSERT_TRUE(parser.done());
  EXPECT_EQ(parser.take().target, "/?b");
  parser.feed("OPTIONS * HTTP/1.1\r\nHost: w\r\n\r\n");
  ASSERT_TRUE(parser.done());
  EXPECT_EQ(parser.take().target, "*");
}

// Every one-byte change of a good request is accepted or refused, and never breaks the parser.
TEST(HttpParserTest, SurvivesEveryOneByteChange) {
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (const std::string& good : {kRequest, chunked}) {
    for (size_t i = 0; i < good.size(); ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = good;
        changed[i] = static_cast<char>(byte);
        HttpRequestParser parser({});
        size_t used = parser.feed(changed);
        ASSERT_LE(used, changed.size());
        ASSERT_EQ(parser.failed(), parser.status() >= 400);
        ASSERT_LE(parser.done() ? parser.request().body.size() : 0, 20u);
      }
    }
  }
}

}  // namespace
}  // namespace weir
