#include "bench/rivals/engines.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace weir::bench {
namespace {

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "bench: {}\n", what);
  std::exit(3);
}

void* open_library(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) give_up(::dlerror());
  return library;
}

template <class F>
void bind(void* library, const char* name, F*& function) {
  function = reinterpret_cast<F*>(::dlsym(library, name));
  if (function == nullptr) give_up(fmt::format("the library has no function {}", name));
}

// The part of chdb.h that is used here.
class ClickHouse final : public SqlEngine {
 public:
  ClickHouse(void* library, const std::string& database) {
    void** (*connect)(int, char**) = nullptr;
    bind(library, "chdb_connect", connect);
    bind(library, "chdb_query", query_);
    bind(library, "chdb_result_buffer", buffer_);
    bind(library, "chdb_result_length", length_);
    bind(library, "chdb_result_error", error_);
    bind(library, "chdb_destroy_query_result", free_);
    bind(library, "chdb_close_conn", close_);
    std::string name = "clickhouse", path = "--path=" + database;
    char* arguments[] = {name.data(), path.data()};
    connection_ = connect(2, arguments);
    if (connection_ == nullptr || *connection_ == nullptr) give_up("chdb_connect failed");
  }
  ~ClickHouse() override { close_(connection_); }

  bool run(const std::string& sql, std::string& csv, std::string& error) override {
    void* result = query_(*connection_, sql.c_str(), "CSV");
    const char* wrong = result == nullptr ? "no result" : error_(result);
    if (wrong != nullptr) {
      error = wrong;
    } else if (const char* rows = buffer_(result)) {
      csv.assign(rows, length_(result));
    } else {
      csv.clear();
    }
    bool done = wrong == nullptr;
    if (result != nullptr) free_(result);
    return done;
  }
  std::string as_text(const std::string& select) const override { return select; }
  std::string set_threads(int threads) const override {
    return fmt::format("SET max_threads={0}, max_insert_threads={0}", threads);
  }

 private:
  void** connection_ = nullptr;
  void* (*query_)(void*, const char*, const char*) = nullptr;
  char* (*buffer_)(void*) = nullptr;
  size_t (*length_)(void*) = nullptr;
  const char* (*error_)(void*) = nullptr;
  void (*free_)(void*) = nullptr;
  void (*close_)(void**) = nullptr;
};

// The part of duckdb.h that is used here.
class DuckDb final : public SqlEngine {
 public:
  DuckDb(void* library, const std::string& database) {
    int (*open)(const char*, void**) = nullptr;
    int (*connect)(void*, void**) = nullptr;
    bind(library, "duckdb_open", open);
    bind(library, "duckdb_connect", connect);
    bind(library, "duckdb_query", query_);
    bind(library, "duckdb_result_error", error_);
    bind(library, "duckdb_destroy_result", free_result_);
    bind(library, "duckdb_row_count", rows_);
    bind(library, "duckdb_column_count", columns_);
    bind(library, "duckdb_value_varchar", value_);
    bind(library, "duckdb_free", free_);
    bind(library, "duckdb_disconnect", disconnect_);
    bind(library, "duckdb_close", close_);
    bool opened = open(database.c_str(), &database_) == 0 && connect(database_, &connection_) == 0;
    if (!opened) give_up(fmt::format("DuckDB cannot open {}", database));
  }
  ~DuckDb() override {
    disconnect_(&connection_);
    close_(&database_);
  }

  bool run(const std::string& sql, std::string& csv, std::string& error) override {
    DuckResult result{};
    bool done = query_(connection_, sql.c_str(), &result) == 0;
    if (!done) {
      const char* wrong = error_(&result);
      error = wrong == nullptr ? "unknown error" : wrong;
    }
    csv.clear();
    if (done) render(result, csv);
    free_result_(&result);
    return done;
  }
  // Its text accessor knows no enumerations, dates and decimals: the engine writes them itself.
  std::string as_text(const std::string& select) const override {
    return fmt::format("SELECT COLUMNS(*)::VARCHAR FROM ({})", select);
  }
  std::string set_threads(int threads) const override {
    return fmt::format("SET threads={}; SET preserve_insertion_order=false", threads);
  }

 private:
  // duckdb_result of the C interface; only its size matters.
  struct DuckResult {
    uint64_t a, b, c;
    void* d;
    char* e;
    void* f;
  };

  void render(DuckResult& result, std::string& csv) {
    uint64_t rows = rows_(&result), columns = columns_(&result);
    for (uint64_t row = 0; row < rows; ++row) {
      for (uint64_t column = 0; column < columns; ++column) {
        if (column > 0) csv += ',';
        char* value = value_(&result, column, row);
        if (value == nullptr) continue;
        csv += value;
        free_(value);
      }
      csv += '\n';
    }
  }

  void *database_ = nullptr, *connection_ = nullptr;
  int (*query_)(void*, const char*, DuckResult*) = nullptr;
  const char* (*error_)(DuckResult*) = nullptr;
  void (*free_result_)(DuckResult*) = nullptr;
  uint64_t (*rows_)(DuckResult*) = nullptr;
  uint64_t (*columns_)(DuckResult*) = nullptr;
  char* (*value_)(DuckResult*, uint64_t, uint64_t) = nullptr;
  void (*free_)(void*) = nullptr;
  void (*disconnect_)(void**) = nullptr;
  void (*close_)(void**) = nullptr;
};

}  // namespace

std::unique_ptr<SqlEngine> open_duckdb(const std::string& library, const std::string& database) {
  return std::make_unique<DuckDb>(open_library(library), database);
}

std::unique_ptr<SqlEngine> open_clickhouse(const std::string& library,
                                           const std::string& database) {
  return std::make_unique<ClickHouse>(open_library(library), database);
}

}  // namespace weir::bench
