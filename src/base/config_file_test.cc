#include "base/config_file.h"

#include "base/sim_env.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr std::string_view kText = R"(# a comment
http:
  host: 127.0.0.1
  port: 8080
  ratio: 0.5
  secure: no
  quoted: "8080"
  nothing:
on: true
sources:
  - name: web
    key: wk_1
  - name: 小程序
    key: ''
big: 9007199254740993
hex: 0x10
octal: 010
version: 1.2.3
)";

TEST(ConfigFileTest, ReadsYamlIntoTheJsonTree) {
  auto file = ConfigFile::parse(kText, "weir.yaml");
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(json::to_text(file->root()),
            "{\"http\":{\"host\":\"127.0.0.1\",\"port\":8080,\"ratio\":5E-1,\"secure\":\"no\","
            "\"quoted\":\"8080\",\"nothing\":null},\"on\":true,\"sources\":[{\"name\":\"web\","
            "\"key\":\"wk_1\"},{\"name\":\"小程序\",\"key\":\"\"}],\"big\":9007199254740993,"
            "\"hex\":\"0x10\",\"octal\":10,\"version\":\"1.2.3\"}");
  EXPECT_EQ(json::to_text(ConfigFile::parse("", "x")->root()), "{}");
  EXPECT_EQ(json::to_text(ConfigFile::parse("# only a comment\n", "x")->root()), "{}");
}

TEST(ConfigFileTest, SaysWhereTheSyntaxIsWrong) {
  for (auto [text, start] :
       {std::pair{"a: 1\nb: [1, 2\nc: 3\n", "weir.yaml:"},
        std::pair{"a: 1\n\tb: 2\n", "weir.yaml:2: "},
        std::pair{"a: 1\nb: 2\na: 3\n", "weir.yaml:3: key \"a\""},
        std::pair{"a: *nothing\n", "weir.yaml:1: "}, std::pair{"just words\n", "weir.yaml: "}}) {
    auto file = ConfigFile::parse(text, "weir.yaml");
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_EQ(file.error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(file.error().message.starts_with(start)) << file.error().message;
  }
}

TEST(ConfigFileTest, SaysWhereAValueIsWrong) {
  auto file = ConfigFile::parse(kText, "weir.yaml");
  ASSERT_TRUE(file.has_value());
  auto located = [&](std::string field) {
    return file->located({ErrorCode::InvalidArgument, "is wrong", std::move(field)}).message;
  };
  EXPECT_EQ(located("http.port"), "weir.yaml:4: is wrong");
  EXPECT_EQ(located("sources[1].key"), "weir.yaml:14: is wrong");
  EXPECT_EQ(located("http.missing"), "weir.yaml:2: is wrong");
  EXPECT_EQ(located("absent"), "weir.yaml: is wrong");
  EXPECT_EQ(located(""), "weir.yaml: is wrong");
}

TEST(ConfigFileTest, LoadsThroughTheFileSystem) {
  auto env = SimEnv::make(1, 0);
  ASSERT_TRUE(env->files().make_dirs("/etc").has_value());
  ASSERT_TRUE(env->files().write_atomic("/etc/weir.yaml", "a: 1\n").has_value());
  EXPECT_TRUE(ConfigFile::load(env->files(), "/etc/weir.yaml").has_value());
  EXPECT_EQ(ConfigFile::load(env->files(), "/etc/no.yaml").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace weir
