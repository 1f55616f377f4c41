// The whole demo history through the real client and service: every row accounted for, money exact
// (examples/online_retail/README.md). Takes a few seconds.

#include "model/facts.h"
#include "tests/support/import_rig.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace weir::collect {
namespace {

struct Totals {
  int64_t paid = 0, refunded = 0, paid_rows = 0, refunded_rows = 0, cancelled_rows = 0;
  int64_t paid_pence = 0, refunded_pence = 0, known_pence = 0;
  int64_t guest_paid = 0, guest_refunded = 0;
  std::set<std::string> customers;
};

Totals add_up(const std::vector<Envelope>& records) {
  Totals t;
  for (const Envelope& e : records) {
    int64_t pence = int_property(e.properties, "amount_fen"),
            rows = int_property(e.properties, kImportRowsProperty);
    bool guest = e.identities[0].kind == IdentityKind::Other;
    bool refund = e.name == facts::kOrderRefunded;
    EXPECT_TRUE(refund || e.name == facts::kOrderPaid);
    EXPECT_EQ(testing::text(e, "currency"), "GBP");
    (refund ? t.refunded : t.paid) += 1;
    (refund ? t.refunded_rows : t.paid_rows) += rows;
    (refund ? t.refunded_pence : t.paid_pence) += pence;
    if (testing::text(e, "order_id").starts_with("C")) t.cancelled_rows += rows;
    if (!guest) {
      t.customers.insert(e.identities[0].value);
      t.known_pence += refund ? -pence : pence;
    } else {
      (refund ? t.guest_refunded : t.guest_paid) += 1;
    }
  }
  return t;
}

TEST(OnlineRetail, EveryRowIsAccountedForAndMoneyIsExact) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "run with WEIR_SOURCE_DIR set to the repository";
  testing::Rig rig;
  testing::ImportEnv env(rig);
  ImportOptions options;
  options.file = std::string(root) + "/examples/online_retail/online_retail.csv.gz";
  options.mapping = std::string(root) + "/examples/online_retail/mapping.yaml";
  options.feed = "orders";
  std::string out;
  options.print = options.progress = [&](std::string_view text) { out += text; };
  ASSERT_EQ(run_import(options, env), 0) << out;

  ImportProgress progress = rig.imports.list().at(0);
  EXPECT_EQ(progress.state, "done");
  EXPECT_EQ(progress.rows, 541'909u);
  EXPECT_EQ(progress.rows_done, 541'909u);
  EXPECT_EQ(progress.accepted, 539'801u);
  EXPECT_EQ(progress.quarantined, 2'108u);
  EXPECT_EQ(progress.deduplicated(), 0u);
  EXPECT_EQ(rig.quarantine.list(1, "").total, 2'098u);
  EXPECT_EQ(rig.quarantine.list(1, "").items[0].reason, reason::kNoIdentity);

  Totals t = add_up(rig.of_kind(RecordKind::Track));
  EXPECT_EQ(t.paid, 19'964);
  EXPECT_EQ(t.refunded, 3'838);
  EXPECT_EQ(t.paid_rows, 530'511);
  EXPECT_EQ(t.refunded_rows, 9'290);
  EXPECT_EQ(t.cancelled_rows, 9'288);
  EXPECT_EQ(t.paid_pence, 1'066'668'454);
  EXPECT_EQ(t.refunded_pence, 91'893'661);
  EXPECT_EQ(t.paid_pence - t.refunded_pence, 974'774'793) << "the 9,747,747.93 everybody quotes";
  EXPECT_EQ(t.known_pence, 830'006'581);
  EXPECT_EQ(t.customers.size(), 4'372u);
  EXPECT_EQ(t.guest_paid, 1'428);
  EXPECT_EQ(t.guest_refunded, 184);
  // 2010-12-01 08:26 in London, which had no summer time then.
  EXPECT_EQ(rig.records()[0].event_time, 1'291'191'960'000);
  EXPECT_TRUE(rig.records()[0].historical);

  // The same orders from another export (here: another mapping, so another import) change nothing.
  size_t before = rig.of_kind(RecordKind::Track).size();
  weir::testing::TempDir dir;
  std::string text = *env.files().read_all(options.mapping);
  options.mapping = dir.path() + "/again.yaml";
  ASSERT_TRUE(env.files().write_atomic(options.mapping, text + "# again\n"));
  ASSERT_EQ(run_import(options, env), 0) << out;
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), before);
  EXPECT_EQ(rig.imports.list().at(0).deduplicated() + rig.imports.list().at(1).deduplicated(),
            539'801u);
}

}  // namespace
}  // namespace weir::collect
