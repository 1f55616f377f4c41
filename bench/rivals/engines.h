#pragma once
// DuckDB and ClickHouse (chDB) as libraries, opened at run time through their C interfaces.

#include <memory>
#include <string>

namespace weir::bench {

class SqlEngine {
 public:
  virtual ~SqlEngine() = default;
  /// Runs one statement; `csv` gets its rows. False: `error` says why.
  virtual bool run(const std::string& sql, std::string& csv, std::string& error) = 0;
  /// The statement in the form whose result this engine can render; the same otherwise.
  virtual std::string as_text(const std::string& select) const = 0;
  virtual std::string set_threads(int threads) const = 0;
};

/// Ends the program with a clear sentence when the library or the database cannot be opened.
std::unique_ptr<SqlEngine> open_duckdb(const std::string& library, const std::string& database);
std::unique_ptr<SqlEngine> open_clickhouse(const std::string& library, const std::string& database);

}  // namespace weir::bench
