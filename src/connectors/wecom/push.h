#pragma once
// Reading what WeCom pushes: always encrypted, and the facts in contact events. Pure.

#include "base/http.h"
#include "connectors/callback_cipher.h"
#include "connectors/callback_xml.h"
#include "model/envelope.h"

#include <string>

namespace weir::connectors::wecom {

struct PushAccount {
  std::string source;  // the connector's id
  std::string corpid;
  CallbackCipher cipher;
};

/// Answer to the address check: the decrypted echostr. Unlike a service account's it is encrypted.
Result<std::string> answer_echo(const PushAccount& account, const HttpRequest& request);

/// The message of a push, authenticated. Unauthenticated: signature, receive id or age is wrong.
Result<CallbackXml> open_push(const PushAccount& account, const HttpRequest& request, TimeMs now);

struct PushFacts {
  std::vector<Envelope> records;
  std::string external_userid;  // the customer to read back; empty when there is nothing to read
};
PushFacts read_push(const PushAccount& account, const CallbackXml& push);

}  // namespace weir::connectors::wecom
