#include "api/auth.h"
#include "api/openapi.h"
#include "api/router.h"
#include "base/sim_env.h"

#include <gtest/gtest.h>

namespace weir::api {
namespace {

constexpr TimeMs kStart = 1772380800000;

HttpRequest with_cookie(std::string cookie, std::string csrf, std::string method = "GET") {
  HttpRequest request;
  request.method = std::move(method);
  request.headers.set("cookie", cookie.substr(0, cookie.find(';')));
  if (!csrf.empty()) request.headers.set("x-weir-csrf", std::move(csrf));
  return request;
}

struct AuthTest : ::testing::Test {
  std::unique_ptr<SimEnv> env = SimEnv::make(7, kStart);
  std::unique_ptr<Auth> auth;

  void SetUp() override {
    ASSERT_TRUE(env->files().make_dirs("/d"));
    auth = open();
  }
  std::unique_ptr<Auth> open() {
    AuthOptions options;
    options.operators_file = "/d/operators.json";
    options.bearer_tokens = {{"0123456789abcdef", "reporting"}};
    auto opened = Auth::open(*env, options);
    EXPECT_TRUE(opened);
    return *std::move(opened);
  }
};

TEST_F(AuthTest, TheFirstStartMakesOneAdminWithARandomPasswordAndTheSecondShowsNone) {
  std::string password = auth->first_password();
  EXPECT_GE(password.size(), 16u);
  auto again = open();
  EXPECT_TRUE(again->first_password().empty());
  EXPECT_TRUE(again->login("admin", password));
  EXPECT_FALSE(again->login("admin", "admin"));
}

TEST_F(AuthTest, UnsafeMethodsNeedTheCsrfTokenOfTheSession) {
  auto login = auth->login("admin", auth->first_password());
  ASSERT_TRUE(login);
  const std::string& cookie = login->cookie;
  EXPECT_TRUE(auth->authenticate(with_cookie(cookie, "")));
  EXPECT_EQ(auth->authenticate(with_cookie(cookie, "", "POST")).error().code,
            ErrorCode::PermissionDenied);
  EXPECT_TRUE(auth->authenticate(with_cookie(cookie, login->session.csrf, "POST")));
  EXPECT_FALSE(auth->authenticate(with_cookie("weir_session=guess", "")));
}

TEST_F(AuthTest, SessionsEndWhenIdleAndAfterTwelveHours) {
  auto login = auth->login("admin", auth->first_password());
  env->run_for(29 * kMinuteMs);
  EXPECT_TRUE(auth->authenticate(with_cookie(login->cookie, "")));
  env->run_for(31 * kMinuteMs);
  EXPECT_FALSE(auth->authenticate(with_cookie(login->cookie, "")));
}

TEST_F(AuthTest, GuessingIsSlowedDownForThatAccount) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(auth->login("admin", "wrong").error().code, ErrorCode::Unauthenticated);
  }
  EXPECT_EQ(auth->login("admin", auth->first_password()).error().code,
            ErrorCode::ResourceExhausted);
  env->run_for(kMinuteMs + 1);
  EXPECT_TRUE(auth->login("admin", auth->first_password()));
}

TEST_F(AuthTest, UnknownNamesAndWrongPasswordsGetTheSameAnswer) {
  EXPECT_EQ(auth->login("nobody", "x").error().message, auth->login("admin", "x").error().message);
}

TEST_F(AuthTest, ProgramsUseABearerToken) {
  HttpRequest request;
  request.method = "POST";
  request.headers.set("authorization", "Bearer 0123456789abcdef");
  ASSERT_TRUE(auth->authenticate(request));
  EXPECT_EQ(auth->authenticate(request)->who.username, "reporting");
  request.headers.set("authorization", "Bearer 0123456789abcdeX");
  EXPECT_FALSE(auth->authenticate(request));
}

TEST(Router, MatchesByMethodAndPathAndDecodesParameters) {
  Router router;
  router.add("GET", "/api/things/{id}", Permission::Read, {});
  router.add("POST", "/api/things/{id}/go", Permission::Write, {});
  auto match = router.find("GET", "/api/things/a%20b");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.params.at("id"), "a b");
  EXPECT_EQ(router.find("GET", "/api/things").route, nullptr);
  EXPECT_TRUE(router.find("DELETE", "/api/things/x").path_known);
}

TEST(OpenApi, IsValidJsonAndEveryOperationHasAPermissionAndAnswers) {
  auto parsed = json::parse(openapi());
  ASSERT_TRUE(parsed) << parsed.error().message;
  const json::object& paths = json::find(parsed->get_object(), "paths")->get_object();
  EXPECT_GT(paths.size(), 25u);
  for (const auto& [path, methods] : paths) {
    for (const auto& [method, operation] : methods.get_object()) {
      const json::object& o = operation.get_object();
      EXPECT_NE(json::find(o, "x-permission"), nullptr) << path << " " << method;
      EXPECT_NE(json::find(o, "responses"), nullptr) << path << " " << method;
    }
  }
}

TEST(Errors, CarryCodeFieldAndTheRightStatus) {
  HttpResponse response = error_response({ErrorCode::InvalidArgument, "no", "def.and[0]"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"error":{"code":"invalid_argument","message":"no","field":"def.and[0]"}})");
  EXPECT_EQ(error_response({ErrorCode::ResourceExhausted, "later", ""}).headers.get("retry-after"),
            "1");
}

}  // namespace
}  // namespace weir::api
