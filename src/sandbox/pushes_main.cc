// Prints sealed pushes as JSON lines, one per padding and both kinds of account, for
// tests/independent/check_pushes.py, which opens them with clients that others wrote.
#include "base/json.h"
#include "sandbox/pusher.h"

#include <cstdio>

int main() {
  namespace sandbox = weir::sandbox;
  sandbox::SandboxOptions options;
  sandbox::Dice dice(11);
  for (bool corp : {false, true}) {
    using Kind = sandbox::PushTarget::Kind;
    sandbox::PushTarget target;
    target.kind = corp ? Kind::Corp : Kind::ServiceAccount;
    target.token = corp ? options.wecom_token : options.wechat_token;
    target.key = corp ? options.wecom_key : options.wechat_key;
    target.receive_id = corp ? options.corpid : options.appid;
    target.to_user = "gh_1";
    for (size_t size = 0; size < 40; ++size) {
      std::string message = "<Content>你好 " + std::string(size, 'x') + "</Content>";
      sandbox::PushRequest push =
          sandbox::make_push(target, message, "1767225600", "123456789", dice.letters(16));
      weir::json::object line = {
          {"query", push.query},     {"body", push.body},
          {"token", target.token},   {"key", target.key},
          {"id", target.receive_id}, {"message", "<xml>" + message + "</xml>"}};
      std::puts(weir::json::to_text(line).c_str());
    }
  }
  return 0;
}
