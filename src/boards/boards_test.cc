#include "boards/boards.h"
#include "adapters/memory/memory.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

namespace weir::boards {
namespace {

json::value parsed(std::string_view text) {
  auto v = json::parse(text);
  EXPECT_TRUE(v) << text;
  return v ? *std::move(v) : json::value(nullptr);
}

std::string field_of(Status status) {
  return status ? std::string() : status.error().field;
}

struct BoardsTest : ::testing::Test {
  Boards boards;
  weir::testing::FoldHarness harness{1'000'000, {&boards}};

  void define(std::string name, std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = std::move(name);
    e.properties = {{"body", JsonText{std::move(body)}}};
    harness.apply(e);
  }
};

constexpr const char* kQuestion = R"({"name":"成交","query":{"kind":"trends","series":[]}})";
constexpr const char* kBoard =
    R"({"name":"日报","refresh_seconds":30,"cards":[{"question":"q1","show":"number","number":"A",
        "width":3,"goal":{"value":0.4,"better":"higher"}}]})";

TEST_F(BoardsTest, KeepsTheLastVersionOfWhatWasPutUntilItIsDeleted) {
  define("question/q1", kQuestion);
  define("question/q1", R"({"name":"销售额","query":{"kind":"trends"}})");
  auto q = boards.question("q1");
  ASSERT_TRUE(q);
  EXPECT_EQ(q->version, 2u);
  EXPECT_EQ(q->name, "销售额");
  define("question/q1", "");
  EXPECT_EQ(boards.question("q1").error().code, ErrorCode::NotFound);
  EXPECT_TRUE(boards.questions().empty());
}

TEST_F(BoardsTest, ListsByName) {
  define("board/b2", R"({"name":"a","cards":[]})");
  define("board/b1", R"({"name":"b","cards":[]})");
  define("board/b0", R"({"name":"b","cards":[]})");
  std::vector<std::string> ids;
  for (const Saved& b : boards.boards()) ids.push_back(b.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"b2", "b0", "b1"}));
}

TEST_F(BoardsTest, ABadDefinitionFromElsewhereChangesNothing) {
  define("board/b1", kBoard);
  define("board/b1", R"({"name":"x"})");
  define("board/b1", "{");
  EXPECT_EQ(boards.board("b1")->name, "日报");
  EXPECT_EQ(boards.board("b1")->version, 1u);
}

TEST_F(BoardsTest, IsTheSameAfterARestart) {
  define("question/q1", kQuestion);
  define("board/b1", kBoard);
  WriteBatch batch;
  boards.save(batch);
  memory::MemoryStateStore store;
  ASSERT_TRUE(store.write(batch));
  Boards again;
  ASSERT_TRUE(again.load(store));
  EXPECT_EQ(again.board("b1")->body, boards.board("b1")->body);
  EXPECT_EQ(again.questions().size(), 1u);
}

TEST_F(BoardsTest, ACardMayOnlyNameAQuestionThatIsSaved) {
  EXPECT_EQ(field_of(boards.check_references(parsed(kBoard))), "cards[0].question");
  define("question/q1", kQuestion);
  EXPECT_TRUE(boards.check_references(parsed(kBoard)));
}

TEST_F(BoardsTest, KeepsCostTables) {
  define("cost_table/media",
         R"({"name":"投放费用","rows":[{"source":"douyin","date":"2026-03-02","fen":5000}]})");
  define("cost_table/bad", R"({"name":"x","rows":[{"fen":1}]})");
  ASSERT_EQ(boards.cost_tables().size(), 1u);
  WriteBatch batch;
  boards.save(batch);
  memory::MemoryStateStore store;
  ASSERT_TRUE(store.write(batch));
  Boards again;
  ASSERT_TRUE(again.load(store));
  EXPECT_EQ(again.cost_table("media")->name, "投放费用");
  define("cost_table/media", "");
  EXPECT_EQ(boards.cost_table("media").error().code, ErrorCode::NotFound);
}

TEST(BoardChecks, NameTheRowOfACostTableThatIsWrong) {
  auto table = [](const std::string& rows) {
    return field_of(check_cost_table(parsed(R"({"name":"x","rows":[)" + rows + "]}")));
  };
  std::string good = R"({"source":"a","from":"2026-03-02","to":"2026-03-08","fen":100})";
  EXPECT_EQ(table(good), "");
  EXPECT_EQ(table(""), "rows");
  EXPECT_EQ(table(good + R"(,{"date":"2026-02-30","fen":1})"), "rows[1].date");
  EXPECT_EQ(table(R"({"from":"2026-03-02","to":"2026-03-01","fen":1})"), "rows[0].to");
  EXPECT_EQ(table(R"({"date":"2026-03-02","fen":-1})"), "rows[0].fen");
  EXPECT_EQ(table(R"({"date":"2026-03-02","fen":1.5})"), "rows[0].fen");
  EXPECT_EQ(table(R"({"date":"2026-03-02","fen":1,"clicks":"2"})"), "rows[0].clicks");
  EXPECT_EQ(table(R"({"date":"2026-03-02","fen":1,"cost":2})"), "rows[0].cost");
}

TEST(BoardChecks, NameTheFieldThatIsWrong) {
  auto board = [](std::string_view text) { return field_of(check_board(parsed(text))); };
  EXPECT_EQ(board(kBoard), "");
  EXPECT_EQ(board(R"({"name":"","cards":[]})"), "name");
  EXPECT_EQ(board(R"({"name":"x"})"), "cards");
  EXPECT_EQ(board(R"({"name":"x","cards":[],"colour":1})"), "colour");
  EXPECT_EQ(board(R"({"name":"x","cards":[],"refresh_seconds":1})"), "refresh_seconds");
  EXPECT_EQ(board(R"({"name":"x","cards":[{"question":"q","width":5}]})"), "cards[0].width");
  EXPECT_EQ(board(R"({"name":"x","cards":[{"question":"q","show":"pie"}]})"), "cards[0].show");
  EXPECT_EQ(board(R"({"name":"x","cards":[{"question":"q","gaol":{}}]})"), "cards[0].gaol");
  EXPECT_EQ(board(R"({"name":"x","cards":[{"question":"q","goal":{"value":"9"}}]})"),
            "cards[0].goal.value");
  EXPECT_EQ(board(R"({"name":"x","cards":[{"question":"q","goal":{"value":9,"better":"up"}}]})"),
            "cards[0].goal.better");
  EXPECT_EQ(field_of(check_question(parsed(R"({"name":"x","query":{}})"))), "query.kind");
  EXPECT_EQ(field_of(check_question(parsed(R"({"name":"x"})"))), "query");
  EXPECT_TRUE(check_question(parsed(kQuestion)));
}

TEST(BoardChecks, RefuseMoreCardsThanAPageShows) {
  json::array cards(kCardsMax + 1, json::object{{"question", "q"}});
  json::value board = json::object{{"name", "x"}, {"cards", cards}};
  EXPECT_EQ(field_of(check_board(board)), "cards");
}

}  // namespace
}  // namespace weir::boards
