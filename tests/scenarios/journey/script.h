#pragma once
// The scenario format (*.scn), one command a line, `#` starts a comment:
//
//   include <file>                          another file of this folder, first
//   option sms_wall off | global_control <share of 10000> | start <local time>     before anything
//   else define <type>/<id> <json or @path>      a Definition record; @path is relative to the
//   source tree list <list id> <value>…                 e.g. list list:promo_skus A B person <n>
//   [openid=…] [phone=…] [contact=<staff>] [consent=<channel>] at <local time> | after <ISO
//   duration>  moves the clock; "21:30" keeps the date event <n> <name> [key=value…] value [a,b] is
//   a list; id=…, at=[<date>T]<local time>, trust=server merge <from> <into> · split <apart> <kept>
//   · erase <n> vendor <channel> accept | fail <reason> [retryable] [times=<n>] | lose reply | lose
//   request vendors cannot tell                     reconcile answers "unknown" receipt <channel>
//   delivered | failed [<reason>]   for the channel's last message expect <what> [<argument>]
//   followed by indented lines, or "  none"
//     trace <n> [<i>]    lines "MM-DD HH:MM <node or -> <what> [<detail>]" of the i-th enrollment
//     (1) sent               lines "MM-DD HH:MM <channel> <template> [to <recipient>]" messages
//     lines "<node> <channel> <state> [<reason>]", sorted enrollments <n>    lines "<key> <state>
//     [<exit reason>]" refused <journey>  lines "<reason> <count>" coupons            lines
//     "<template> issued=<n> redeemed=<n> spent=<fen>" stats <journey>    lines "entered=… goal=…
//     control=… exited=…"
//
// Coupon ids show as c1, c2 … in the order of their appearance; instants in details as local time.

#include "tests/scenarios/journey/world.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

/// What a scenario came to: everything that must be the same however often the process was
/// restarted.
struct Play {
  std::vector<std::string> failures;  // "file:line: expected … got …"; empty = as expected
  std::vector<std::string> accepted;  // effect keys that reached people, in order
  std::string traces;                 // of all enrollments
  std::map<std::string, int> calls;   // vendor calls per effect key
  int steps = 0;
  bool vendors_cannot_tell = false;  // then a crash may lose a message, at most once
};

struct Rehearsal {
  Trouble trouble = Trouble::None;
  int at = -1;
  bool check = true;         // compare the expect blocks
  bool cannot_tell = false;  // vendors never know what happened
};

/// Plays a file. A line that is not understood is a failure.
Play play(const std::string& path, Rehearsal rehearsal = {});

}  // namespace weir::testing
