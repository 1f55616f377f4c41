#include "collect/import/table_file.h"

#include "base/gzip.h"
#include "collect/import/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::collect {
namespace {

using ::testing::ElementsAre;

TableFile open(std::string bytes, std::string_view name = "f.csv",
               std::string_view encoding = "auto") {
  auto file = TableFile::from_bytes(std::move(bytes), name, encoding);
  EXPECT_TRUE(file) << (file ? "" : file.error().message);
  return *std::move(file);
}

std::vector<std::vector<std::string>> rows(TableFile& file) {
  std::vector<std::vector<std::string>> all;
  TableRow row;
  while (file.next(row)) {
    auto& texts = all.emplace_back();
    for (const Value& cell : row.cells) texts.push_back(cell_text(cell));
  }
  return all;
}

TEST(TableFile, ReadsQuotesLineEndsAndBlankLinesOfCsv) {
  TableFile file = open("a,b,c\r\n1,\"two, \"\"2\"\"\",3\r\n\r\n\"x\ny\",,=\"007\"\n'00123, z ,");
  EXPECT_THAT(file.columns(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(rows(file),
              ElementsAre(ElementsAre("1", "two, \"2\"", "3"), ElementsAre("x\ny", "", "007"),
                          ElementsAre("00123", "z", "")));
}

TEST(TableFile, NumbersRowsAndNamesTheOnesItCannotRead) {
  TableFile file = open("a;b\n1;2\n1;2;3\n\"open;2\n3;4");
  TableRow row;
  ASSERT_TRUE(file.next(row));
  EXPECT_EQ(row.error, "");
  ASSERT_TRUE(file.next(row));
  EXPECT_EQ(row.number, 2u);
  EXPECT_THAT(row.error, ::testing::HasSubstr("3 cells"));
  ASSERT_TRUE(file.next(row));
  EXPECT_THAT(row.error, ::testing::HasSubstr("never ends"));
  EXPECT_FALSE(file.next(row));
}

TEST(TableFile, DecodesWhatSpreadsheetsWrite) {
  const std::string gbk = "\xd0\xd5\xc3\xfb,n\n\xc0\xee\xc0\xd7,1\n";  // 姓名, 李雷
  TableFile chinese = open(gbk);
  EXPECT_THAT(chinese.columns(), ElementsAre("姓名", "n"));
  EXPECT_THAT(rows(chinese), ElementsAre(ElementsAre("李雷", "1")));
  TableFile marked = open(
      "\xef\xbb\xbf"
      "a,b\n1,2\n");
  EXPECT_EQ(marked.column("a"), 0);
  TableFile wide =
      open(std::string("\xff\xfe"
                       "a\0\t\0b\0\n\0"
                       "1\0\t\0"
                       "2\0",
                       16));
  EXPECT_THAT(rows(wide), ElementsAre(ElementsAre("1", "2")));
  EXPECT_FALSE(TableFile::from_bytes(gbk, "f.csv", "utf-8"));
  EXPECT_FALSE(TableFile::from_bytes("a", "f.csv", "latin1"));
}

TEST(TableFile, ReadsJsonLinesWithTheirTypesAlsoPacked) {
  TableFile file = open(
      gzip("{\"a\":1,\"b\":true}\n\nnot json\n{\"b\":\"x\",\"c\":[\"p\",\"q\"]}\n"), "f.jsonl.gz");
  EXPECT_THAT(file.columns(), ElementsAre("a", "b", "c"));
  TableRow row;
  ASSERT_TRUE(file.next(row));
  EXPECT_EQ(row.cells[0], Value(int64_t{1}));
  EXPECT_EQ(row.cells[1], Value(true));
  EXPECT_EQ(row.cells[2], Value());
  ASSERT_TRUE(file.next(row));
  EXPECT_NE(row.error, "");
  ASSERT_TRUE(file.next(row));
  EXPECT_EQ(row.cells[2], Value(StringList({"p", "q"})));
  EXPECT_EQ(row.number, 3u);
}

TEST(Cells, TimesOfFilesAreReadInTheirZone) {
  constexpr TimeMs kTime = 1'772'411'400'000;  // 2026-03-02T08:30:00+08:00
  for (std::string_view text :
       {"2026-03-02 08:30:00", "2026-03-02 08:30", "2026/3/2 8:30", "2026年3月2日 8:30",
        "2026年03月02日08时30分00秒", "2026-03-02T00:30:00Z", "1772411400", "1772411400000",
        "46083.3541666667"}) {
    auto time = parse_file_time(text, "Asia/Shanghai");
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, kTime) << text;
  }
  for (std::string_view text : {"", "合计", "yesterday", "12", "2026-13-45"}) {
    EXPECT_FALSE(parse_file_time(text, "Asia/Shanghai")) << text;
  }
}

TEST(Cells, ARoundedNumberIsNotAnId) {
  EXPECT_TRUE(is_rounded_number("1.38E+10"));
  EXPECT_TRUE(is_rounded_number("4e+17"));
  EXPECT_FALSE(is_rounded_number("13800138000"));
  EXPECT_FALSE(is_rounded_number("SKU1E+X"));
}

TEST(Cells, TypesAreWhatTheMappingSays) {
  EXPECT_EQ(cell_value(Value(std::string("007")), CellType::Text, "UTC")->as_string(), "007");
  EXPECT_EQ(cell_value(Value(std::string("1,200")), CellType::Integer, "UTC")->as_int64(), 1200);
  EXPECT_EQ(cell_value(Value(std::string("是")), CellType::Boolean, "UTC")->as_bool(), true);
  EXPECT_EQ(cell_value(Value(std::string("a; b;")), CellType::List, "UTC")->as_array().size(), 2u);
  EXPECT_FALSE(cell_value(Value(std::string("1.5")), CellType::Integer, "UTC"));
  EXPECT_TRUE(cell_value(Value(), CellType::Integer, "UTC")->is_null());
}

}  // namespace
}  // namespace weir::collect
