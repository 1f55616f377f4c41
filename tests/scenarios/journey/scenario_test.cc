// Plays every *.scn of tests/scenarios/journey and tests/scenarios/messaging, then plays it again
// with a restart, and with a kill, before every single step.

#include "tests/scenarios/journey/script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace weir::testing {
namespace {

std::vector<std::string> scenario_files() {
  const char* dir = std::getenv("WEIR_SOURCE_DIR");
  std::vector<std::string> files;
  for (std::string room : {"journey", "messaging"}) {
    std::filesystem::path folder =
        std::string(dir == nullptr ? "." : dir) + "/tests/scenarios/" + room;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".scn") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Scenario : public ::testing::TestWithParam<std::string> {
 protected:
  /// With one trouble before each step in turn, nothing that people or operators see may change.
  void same_with(Trouble trouble) {
    Play calm = play(GetParam());
    if (calm.vendors_cannot_tell) GTEST_SKIP() << "at most once: a crash may cost a message here";
    for (int at = 0; at < calm.steps; ++at) {
      Play troubled =
          play(GetParam(), {.trouble = trouble, .at = at, .check = true, .cannot_tell = false});
      ASSERT_EQ(troubled.accepted, calm.accepted) << "before step " << at;
      ASSERT_EQ(troubled.traces, calm.traces) << "before step " << at;
      ASSERT_TRUE(troubled.failures.empty()) << "before step " << at << "\n"
                                             << troubled.failures.front();
    }
  }
};

TEST_P(Scenario, GoesAsWritten) {
  Play calm = play(GetParam());
  for (const std::string& failure : calm.failures) ADD_FAILURE() << failure;
}

TEST_P(Scenario, ARestartBeforeAnyStepChangesNothing) {
  same_with(Trouble::Restart);
}

TEST_P(Scenario, AKillBeforeAnyStepChangesNothing) {
  same_with(Trouble::Kill);
}

TEST_P(Scenario, AKillNeverSendsTwiceWhenNobodyCanTellWhatArrived) {
  int steps = play(GetParam()).steps;
  for (int at = 0; at < steps; ++at) {
    Play troubled =
        play(GetParam(), {.trouble = Trouble::Kill, .at = at, .check = false, .cannot_tell = true});
    std::vector<std::string> keys = troubled.accepted;
    std::sort(keys.begin(), keys.end());
    ASSERT_TRUE(std::adjacent_find(keys.begin(), keys.end()) == keys.end()) << "before step " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenario, ::testing::ValuesIn(scenario_files()),
                         [](const auto& one) {
                           std::string name = std::filesystem::path(one.param).stem().string();
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace weir::testing
