#pragma once
// Reading what a service account pushes: authentication, both cipher modes, and the facts in it.
// Pure.

#include "base/http.h"
#include "connectors/callback_cipher.h"
#include "connectors/callback_xml.h"
#include "connectors/connectors.h"
#include "model/envelope.h"

#include <optional>
#include <string>

namespace weir::connectors::wechat {

/// Who pushes and how, from the configuration.
struct PushAccount {
  std::string source;  // the connector's id
  std::string appid;
  std::string token;
  std::optional<CallbackCipher> cipher;  // absent in plain mode only
};

/// Answer to the address check: `echostr`, when the signature fits.
Result<std::string> answer_echo(const PushAccount& account, const HttpRequest& request);

/// The message of a push, authenticated. Unauthenticated: signature, receive id or age is wrong.
/// With a key only the encrypted half counts, in compatible mode too: `signature` does not cover
/// the body, so a clear half could be anybody's.
Result<CallbackXml> open_push(const PushAccount& account, const HttpRequest& request, TimeMs now);

struct PushFacts {
  std::vector<Envelope> records;  // empty for events Weir gives no meaning to
  std::string openid;             // the follower it is about; empty for system events
  bool followed = false;
};
PushFacts read_push(const PushAccount& account, const CallbackXml& push);

}  // namespace weir::connectors::wechat
