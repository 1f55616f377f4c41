#include "columnar/store.h"

#include "base/sim_env.h"
#include "columnar/bulk_load.h"
#include "columnar/part_reader.h"

#include <gtest/gtest.h>

namespace weir::columnar {
namespace {

constexpr int64_t kTime = 1772380800000;

NewCell text(std::string_view property, std::string_view value) {
  NewCell cell;
  cell.property = property;
  cell.type = CellType::Text;
  cell.text = value;
  return cell;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : env_(SimEnv::make(1, kTime)) { open(); }

  static StoreLimits limits() {
    StoreLimits limits;
    limits.merge_fan_in = 3;
    return limits;
  }

  void open() {
    store_.reset();
    auto opened = Store::open(env_->files(), "/store", limits());
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }

  /// Rows of every type of cell, spread over subjects; row i is at position i.
  void append(uint64_t first, uint64_t count, Store& store) {
    each_row(first, count, store, [&](const NewRow& row) { store.append(row); });
  }
  template <class Take>
  void each_row(uint64_t first, uint64_t count, Store& store, Take&& take) {
    static const std::vector<std::string> kList = {"a", "b"};
    for (uint64_t i = first; i < first + count; ++i) {
      NewRow row;
      row.subject = static_cast<uint32_t>(i * 7 % 13);
      store.assign(row.subject, row.subject / 2);
      row.time = kTime + static_cast<int64_t>(i * 7919 % 100000) * (i % 3 == 0 ? 1000 : 1);
      row.position = i;
      row.event = i % 4 == 0 ? "pay" : "view";
      std::string sku = "s" + std::to_string(i % 17);
      row.cells = {text("sku", sku)};
      std::string keep = R"({"n":)" + std::to_string(i) + "}";
      NewCell cell;
      cell.property = "n";
      cell.type = CellType::Int;
      cell.bits = static_cast<uint64_t>(-static_cast<int64_t>(i));
      if (i % 2 == 0) row.cells.push_back(cell);
      cell.property = "price";
      cell.type = CellType::Double;
      cell.bits = std::bit_cast<uint64_t>(i % 8 == 0 ? 0.1 * static_cast<double>(i)
                                                     : static_cast<double>(i) / 4);
      if (i % 5 == 0) row.cells.push_back(cell);
      cell.property = "raw";
      cell.type = CellType::Json;
      cell.text = keep;
      if (i % 6 == 0) row.cells.push_back(cell);
      cell = {};
      cell.property = "tags";
      cell.type = CellType::List;
      cell.list = &kList;
      if (i % 7 == 0) row.cells.push_back(cell);
      cell = {};
      cell.property = "phone";
      cell.type = CellType::Present;
      if (i % 9 == 0) row.cells.push_back(cell);
      take(row);
    }
  }

  /// Everything the store says, as text.
  static std::string dump(Store& store) {
    std::string out;
    const Dictionary& dictionary = store.dictionary();
    for (uint32_t group = 0; group < 8; ++group) {
      Status s = store.visit(group, {}, [&](const Store::Found& f) {
        std::vector<std::string> cells;
        for (const auto& [property, cell] : f.cells) {
          std::string value =
              cell.type == CellType::Text
                  ? std::string(dictionary[Family::Value].text(cell.code()))
                  : (cell.has_bytes() ? std::string(cell.bytes()) : std::to_string(cell.bits));
          cells.push_back(std::string(dictionary[Family::Property].text(property)) + "=" + value);
        }
        std::sort(cells.begin(), cells.end());
        out += std::to_string(f.time) + "/" + std::to_string(f.position) + "/" +
               std::to_string(f.subject) + " " +
               std::string(dictionary[Family::Event].text(f.event));
        for (const std::string& cell : cells) out += " " + cell;
        out += "\n";
        return true;
      });
      EXPECT_TRUE(s) << (s ? "" : s.error().message);
    }
    return out;
  }

  void assign_all() {
    for (uint32_t subject = 0; subject < 13; ++subject) store_->assign(subject, subject / 2);
  }
  std::vector<std::string> part_files() {
    std::vector<std::string> out;
    auto listed = env_->files().list("/store");
    for (const std::string& name : *listed) {
      if (name.starts_with("part-")) out.push_back("/store/" + name);
    }
    return out;
  }
  void overwrite(const std::string& path, const std::string& bytes) {
    if (env_->files().exists(path)) {
      ASSERT_TRUE(env_->files().remove(path));
    }
    auto file = env_->files().open(path, OpenMode::Create);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append(bytes));
    ASSERT_TRUE((*file)->sync());
  }

  std::unique_ptr<SimEnv> env_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, HeadPartsAndMergedPartsSayTheSame) {
  append(0, 5000, *store_);
  std::string in_head = dump(*store_);
  ASSERT_TRUE(store_->seal(1200));
  ASSERT_TRUE(store_->seal(3000));
  EXPECT_EQ(store_->head_rows(), 2000u);
  EXPECT_EQ(dump(*store_), in_head);
  ASSERT_TRUE(store_->seal(5000));
  EXPECT_EQ(store_->view().parts.size(), 3u);
  EXPECT_EQ(dump(*store_), in_head);
  auto merged = store_->merge_once();
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_TRUE(*merged);
  EXPECT_EQ(store_->view().parts.size(), 1u);
  EXPECT_EQ(dump(*store_), in_head);
  EXPECT_EQ(store_->rows(), 5000u);
  EXPECT_TRUE(store_->verify());
  open();
  assign_all();
  EXPECT_EQ(store_->cursor(), 5000u);
  EXPECT_EQ(dump(*store_), in_head);
  EXPECT_EQ(part_files().size(), 1u);
}

TEST_F(StoreTest, TheSameInputGivesTheSameBytes) {
  auto other = *Store::open(env_->files(), "/other", limits());
  for (Store* store : {store_.get(), other.get()}) {
    for (uint64_t i = 0; i < 3; ++i) {
      append(i * 1500, 1500, *store);
      ASSERT_TRUE(store->seal((i + 1) * 1500));
    }
    ASSERT_TRUE(*store->merge_once());
  }
  auto listed = env_->files().list("/store");
  for (const std::string& name : *listed) {
    if (name == "LOCK") continue;
    EXPECT_EQ(*env_->files().read_all("/store/" + name), *env_->files().read_all("/other/" + name))
        << name;
  }
}

TEST_F(StoreTest, BulkLoadedPartsAreThoseThatSealsMake) {
  auto other = *Store::open(env_->files(), "/other", limits());
  {
    BulkLoad load(*other, nullptr, {1500});
    each_row(0, 4000, *other, [&](const NewRow& row) { ASSERT_TRUE(load.append(row)); });
    ASSERT_TRUE(load.finish(4000));
  }
  for (uint64_t i = 0; i < 3; ++i) {
    uint64_t end = std::min<uint64_t>(4000, (i + 1) * 1500);
    append(i * 1500, end - i * 1500, *store_);
    ASSERT_TRUE(store_->seal(end));
  }
  EXPECT_TRUE(dump(*other) == dump(*store_));
  EXPECT_EQ(other->cursor(), 4000u);
  PartList bulk = other->view().parts, sealed = store_->view().parts;
  ASSERT_EQ(bulk.size(), sealed.size());
  for (size_t i = 0; i < bulk.size(); ++i) {
    EXPECT_TRUE(*env_->files().read_all(bulk[i]->path()) ==
                *env_->files().read_all(sealed[i]->path()));
  }
}

TEST_F(StoreTest, DamageInAnySectionIsFoundAndNothingIsDeleted) {
  append(0, 3000, *store_);
  ASSERT_TRUE(store_->seal(3000));
  std::string path = part_files().at(0);
  std::string good = *env_->files().read_all(path);
  std::vector<SectionRef> sections = store_->view().parts[0]->footer().sections;
  ASSERT_GE(sections.size(), 12u);
  for (const SectionRef& section : sections) {
    std::string bad = good;
    bad[section.offset + section.size / 2] =
        static_cast<char>(bad[section.offset + section.size / 2] ^ 0x10);
    store_.reset();
    overwrite(path, bad);
    open();
    Status verified = store_->verify();
    ASSERT_FALSE(verified) << "section at " << section.offset;
    EXPECT_EQ(verified.error().code, ErrorCode::DataLoss);
    EXPECT_TRUE(env_->files().exists(path));
  }
  // A reader that meets the damage says so, instead of missing values.
  std::string bad = good;
  for (const SectionRef& section : sections) {
    if (section.kind == SectionKind::Values)
      bad[section.offset] = static_cast<char>(bad[section.offset] ^ 1);
  }
  store_.reset();
  overwrite(path, bad);
  open();
  assign_all();
  Status visited = store_->visit(0, {}, [](const Store::Found&) { return true; });
  ASSERT_FALSE(visited);
  EXPECT_EQ(visited.error().code, ErrorCode::DataLoss);
}

TEST_F(StoreTest, DamagedOrMissingFilesStopTheOpening) {
  append(0, 100, *store_);
  ASSERT_TRUE(store_->seal(100));
  store_.reset();
  auto listed = env_->files().list("/store");
  for (const std::string& name : *listed) {
    if (name == "LOCK") continue;
    std::string path = "/store/" + name, good = *env_->files().read_all(path);
    for (size_t size : {good.size() - 3, size_t{4}, size_t{0}}) {
      std::string bad = good.substr(0, size);
      overwrite(path, bad);
      auto opened = Store::open(env_->files(), "/store");
      ASSERT_FALSE(opened) << name;
      EXPECT_EQ(opened.error().code, ErrorCode::DataLoss) << name;
      EXPECT_TRUE(env_->files().exists(path));
    }
    ASSERT_TRUE(env_->files().remove(path));
    auto opened = Store::open(env_->files(), "/store");
    ASSERT_FALSE(opened) << name << " is missing";
    EXPECT_EQ(opened.error().code, ErrorCode::DataLoss);
    overwrite(path, good);
  }
  open();
  EXPECT_EQ(store_->rows(), 100u);
}

TEST_F(StoreTest, RowsOfADroppedSubjectGoAwayAtTheNextMerge) {
  append(0, 600, *store_);
  for (uint64_t cursor : {200u, 400u, 600u}) ASSERT_TRUE(store_->seal(cursor));
  store_->drop(0);  // subjects 0 and 1
  EXPECT_EQ(store_->rows(), 600u);
  ASSERT_TRUE(*store_->merge_once());
  EXPECT_LT(store_->rows(), 600u);
  for (const auto& part : store_->view().parts) {
    EXPECT_FALSE(part->run_table()->find(0));
    EXPECT_TRUE(part->run_table()->find(2));
  }
}

TEST_F(StoreTest, RowsFromBeforeTheHorizonGoAway) {
  append(0, 600, *store_);
  for (uint64_t cursor : {200u, 400u, 600u}) ASSERT_TRUE(store_->seal(cursor));
  int64_t horizon = kTime + 50000;
  store_->set_horizon(horizon);
  ASSERT_TRUE(*store_->merge_once());
  EXPECT_LT(store_->rows(), 600u);
  EXPECT_GT(store_->rows(), 0u);
  EXPECT_GE(store_->view().parts[0]->footer().time_min, horizon);
  store_->set_horizon(INT64_MAX);
  ASSERT_TRUE(*store_->merge_once());
  EXPECT_EQ(store_->rows(), 0u);
  EXPECT_FALSE(*store_->merge_once());
  open();
  EXPECT_EQ(store_->rows(), 0u);
  EXPECT_TRUE(part_files().empty());
}

TEST_F(StoreTest, RowsAreSeenOnceWhileTheirPartIsMade) {
  append(0, 3000, *store_);
  EXPECT_TRUE(store_->begin_seal(1000));
  EXPECT_FALSE(store_->begin_seal(1000)) << "all of them are begun";
  EXPECT_EQ(store_->unsealed_rows(), 2000u);
  append(3000, 500, *store_);
  std::string in_head = dump(*store_);
  EXPECT_TRUE(store_->begin_seal(3200));
  EXPECT_EQ(store_->begun_cursor(), 3200u);
  EXPECT_EQ(store_->cursor(), 0u);
  ASSERT_TRUE(store_->run_seals());
  EXPECT_EQ(store_->cursor(), 3200u);
  EXPECT_EQ(store_->rows(), 3500u);
  EXPECT_TRUE(store_->view().parts.empty()) << "not before the writer takes them over";
  EXPECT_EQ(dump(*store_), in_head);
  EXPECT_TRUE(store_->adopt_seals());
  EXPECT_FALSE(store_->adopt_seals());
  EXPECT_EQ(store_->view().parts.size(), 2u);
  EXPECT_EQ(store_->head_rows(), 300u);
  EXPECT_EQ(store_->rows(), 3500u);
  EXPECT_EQ(dump(*store_), in_head);
  EXPECT_TRUE(store_->verify());
}

TEST_F(StoreTest, APartThatIsDurableButNotTakenOverIsThereAfterACrash) {
  append(0, 900, *store_);
  std::string all = dump(*store_);
  ASSERT_TRUE(store_->begin_seal(900));
  ASSERT_TRUE(store_->run_seals());
  open();
  assign_all();
  EXPECT_EQ(store_->cursor(), 900u);
  EXPECT_EQ(dump(*store_), all);
}

TEST_F(StoreTest, AMergeBetweenMakingAPartAndTakingItOverLosesNothing) {
  append(0, 400, *store_);
  std::string all = dump(*store_);
  for (uint64_t cursor : {100u, 200u, 300u}) ASSERT_TRUE(store_->seal(cursor));
  ASSERT_TRUE(store_->begin_seal(400));
  ASSERT_TRUE(store_->run_seals());
  ASSERT_TRUE(*store_->merge_once());
  EXPECT_EQ(dump(*store_), all);
  EXPECT_TRUE(store_->adopt_seals());
  EXPECT_EQ(store_->view().parts.size(), 2u);
  EXPECT_EQ(dump(*store_), all);
  open();
  assign_all();
  EXPECT_EQ(dump(*store_), all);
}

TEST_F(StoreTest, APartIsWrittenAgainWhenManyOfItsPeopleWereJoined) {
  for (uint32_t i = 0; i < 4000; ++i) {
    NewRow row;
    row.subject = i;
    row.time = kTime + i;
    row.position = i;
    row.event = "view";
    store_->assign(i, i);
    store_->append(row);
  }
  ASSERT_TRUE(store_->seal(4000));
  EXPECT_FALSE(*store_->merge_once());
  for (uint32_t i = 0; i < 4000; i += 2) store_->join(i, i + 1);
  auto before = *store_->snapshot();
  EXPECT_EQ(before->runs->moved(), 2000u);
  EXPECT_TRUE(*store_->merge_once());
  auto after = *store_->snapshot();
  EXPECT_EQ(after->runs->moved(), 0u);
  EXPECT_EQ(after->view.rows(), 4000u);
  EXPECT_FALSE(*store_->merge_once());
}

TEST_F(StoreTest, ASnapshotOutlivesSealsAndMerges) {
  append(0, 300, *store_);
  ASSERT_TRUE(store_->seal(100));
  auto snapshot = *store_->snapshot();
  uint64_t before = snapshot->view.rows();
  for (uint64_t cursor : {200u, 300u}) ASSERT_TRUE(store_->seal(cursor));
  ASSERT_TRUE(*store_->merge_once());
  append(300, 50, *store_);
  EXPECT_EQ(snapshot->view.rows(), before);
  uint64_t seen = 0;
  for (size_t p = 0; p < snapshot->view.parts.size(); ++p) {
    const Part::Runs& table = snapshot->runs->part(p).table;
    for (uint32_t run = 0; run < table.count(); ++run)
      seen += table.first_row(run + 1) - table.first_row(run);
  }
  for (size_t i = 0; i < snapshot->head->groups().size(); ++i)
    seen += snapshot->head->rows(i).size();
  EXPECT_EQ(seen, 300u);
}

TEST_F(StoreTest, ManyDictionaryFilesAreWrittenTogether) {
  for (uint64_t i = 0; i < 40; ++i) {
    NewRow row;
    row.event = "view";
    row.position = i;
    std::string value = "only-" + std::to_string(i);
    row.cells = {text("v", value)};
    store_->append(row);
    ASSERT_TRUE(store_->seal(i + 1));
  }
  size_t files = 0;
  auto listed = env_->files().list("/store");
  for (const std::string& name : *listed) files += name.starts_with("dict-") ? 1 : 0;
  EXPECT_LE(files, 8u);
  open();
  EXPECT_EQ(store_->dictionary()[Family::Value].size(), 40u);
  EXPECT_TRUE(store_->verify());
}

TEST_F(StoreTest, TooManyEventNamesShareOne) {
  StoreLimits few = limits();
  few.event_names_max = 3;
  auto small = *Store::open(env_->files(), "/small", few);
  for (int i = 0; i < 10; ++i) {
    NewRow row;
    std::string name = "e" + std::to_string(i);
    row.event = name;
    row.position = static_cast<uint64_t>(i);
    small->append(row);
  }
  EXPECT_EQ(small->dictionary()[Family::Event].size(), 4u);
  EXPECT_TRUE(small->dictionary()[Family::Event].find(kOverflowEvent));
}

TEST_F(StoreTest, ASecondProcessCannotOpenIt) {
  EXPECT_FALSE(Store::open(env_->files(), "/store"));
}

}  // namespace
}  // namespace weir::columnar
