#pragma once
// Rows of people or identities, by ordinal, kept in memory as packed bytes: a tenth of what the
// objects take. Those asked for lately are kept as objects besides; a fold asks for few at a time.

#include "base/row_packer.h"
#include "ports/resident_table.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace weir {

/// As ResidentTable; `Row` has the two calls that it asks of a row. Not thread-safe.
template <class Row>
class PackedTable {
 public:
  /// A pointer that find() or mutate() gave is valid until so many other rows were asked for, or
  /// the row is erased.
  static constexpr size_t kValidFor = 2048;

  explicit PackedTable(std::string prefix) : prefix_(std::move(prefix)) {}

  bool contains(uint32_t ordinal) const {
    return ordinal < slots_.size() && slots_[ordinal] != nullptr;
  }
  /// Null when absent.
  const Row* find(uint32_t ordinal) const {
    Open* open = opened(ordinal);
    return open == nullptr ? nullptr : &open->row;
  }
  /// For passes over everybody, which would only drive out those asked for often: the row when it
  /// is open, else null and its bytes; null and nothing when absent. Valid until the next call.
  std::pair<const Row*, std::string_view> glance(uint32_t ordinal) const {
    if (!contains(ordinal)) return {};
    if (const Open* open = peek(ordinal)) return {&open->row, {}};
    return {nullptr, packer_->unpack(bytes_of(ordinal))};
  }
  /// The row for changing, created when absent; it will be written back.
  Row& mutate(uint32_t ordinal) {
    Open* open = opened(ordinal);
    if (open == nullptr) {
      if (ordinal >= slots_.size()) slots_.resize(ordinal + 1);
      slots_[ordinal] = blob({});
      ++size_;
      open = &keep(ordinal, std::make_unique<Open>());
    }
    open->changed = true;
    dirty_.insert(ordinal);
    return open->row;
  }
  /// Makes sure that there is a row.
  void add(uint32_t ordinal) {
    if (!contains(ordinal)) mutate(ordinal);
  }
  void erase(uint32_t ordinal) {
    if (!contains(ordinal)) return;
    slots_[ordinal] = nullptr;
    --size_;
    young_.erase(ordinal);
    old_.erase(ordinal);
    dirty_.insert(ordinal);
  }
  size_t size() const { return size_; }

  /// Ascending by ordinal; `visit(ordinal, row)` must not change the table. The rows are valid
  /// during the call.
  template <class F>
  void for_each(F&& visit) const {
    for (uint32_t ordinal = 0; ordinal < slots_.size(); ++ordinal) {
      if (slots_[ordinal] == nullptr) continue;
      if (const Open* open = peek(ordinal)) {
        visit(ordinal, open->row);
        continue;
      }
      Row row;
      read(ordinal, row);
      visit(ordinal, std::as_const(row));
    }
  }

  /// Reads all rows; called once before use. `visit(ordinal, row)` sees each.
  template <class F>
  Status load(const StateStore& store, F&& visit) {
    bool damaged = false;
    WEIR_CHECK_OK(store.scan(prefix_, [&](std::string_view key, std::string_view bytes) {
      Row row;
      key.remove_prefix(prefix_.size());
      damaged =
          key.size() != 4 || !row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
      if (damaged) return false;
      uint32_t ordinal = parse_ordinal_key(key);
      if (ordinal >= slots_.size()) slots_.resize(ordinal + 1);
      slots_[ordinal] = blob(packer_->pack(bytes));
      ++size_;
      visit(ordinal, std::as_const(row));
      return true;
    }));
    if (damaged) return fail(ErrorCode::DataLoss, "state row under \"" + prefix_ + "\" is damaged");
    return {};
  }
  Status load(const StateStore& store) {
    return load(store, [](uint32_t, const Row&) {});
  }

  /// Adds what changed since the last call to `batch`.
  void save(WriteBatch& batch) {
    for (uint32_t ordinal : dirty_) {
      std::string key = prefix_ + ordinal_key(ordinal);
      if (!contains(ordinal)) {
        batch.erase(std::move(key));
      } else if (const Open* open = peek(ordinal); open != nullptr) {
        batch.put(std::move(key), open->row.SerializeAsString());
      } else {
        batch.put(std::move(key), std::string(packer_->unpack(bytes_of(ordinal))));
      }
    }
    dirty_.clear();
  }

 private:
  struct Open {
    Row row;
    bool changed = false;  // the packed bytes are older
  };
  using Opened = absl::flat_hash_map<uint32_t, std::unique_ptr<Open>>;
  using Blob = std::unique_ptr<char[]>;  // size u32, then the bytes

  static Blob blob(std::string_view bytes) {
    auto out = std::make_unique_for_overwrite<char[]>(sizeof(uint32_t) + bytes.size());
    auto size = static_cast<uint32_t>(bytes.size());
    std::memcpy(out.get(), &size, sizeof(size));
    if (size > 0) std::memcpy(out.get() + sizeof(size), bytes.data(), size);
    return out;
  }
  std::string_view bytes_of(uint32_t ordinal) const {
    uint32_t size = 0;
    std::memcpy(&size, slots_[ordinal].get(), sizeof(size));
    return {slots_[ordinal].get() + sizeof(size), size};
  }

  Open* peek(uint32_t ordinal) const {
    if (auto it = young_.find(ordinal); it != young_.end()) return it->second.get();
    auto it = old_.find(ordinal);
    return it == old_.end() ? nullptr : it->second.get();
  }

  void read(uint32_t ordinal, Row& row) const {
    std::string_view bytes = packer_->unpack(bytes_of(ordinal));
    bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    WEIR_ASSERT(ok);
  }

  Open* opened(uint32_t ordinal) const {
    if (!contains(ordinal)) return nullptr;
    if (auto it = young_.find(ordinal); it != young_.end()) return it->second.get();
    if (auto it = old_.find(ordinal); it != old_.end()) {
      auto open = std::move(it->second);
      old_.erase(it);
      return &keep(ordinal, std::move(open));
    }
    auto open = std::make_unique<Open>();
    read(ordinal, open->row);
    return &keep(ordinal, std::move(open));
  }

  /// Two generations: what is asked for moves to the young one; when it is full, the old one goes.
  Open& keep(uint32_t ordinal, std::unique_ptr<Open> open) const {
    if (young_.size() >= kValidFor) {
      for (auto& [gone, row] : old_) {
        if (row->changed) slots_[gone] = blob(packer_->pack(row->row.SerializeAsString()));
      }
      old_ = std::move(young_);
      young_.clear();
    }
    return *young_.insert_or_assign(ordinal, std::move(open)).first->second;
  }

  const std::string prefix_;
  const std::unique_ptr<RowPacker> packer_ = std::make_unique<RowPacker>();
  mutable std::vector<Blob> slots_;  // by ordinal; null = no row
  mutable Opened young_, old_;
  absl::flat_hash_set<uint32_t> dirty_;
  size_t size_ = 0;
};

}  // namespace weir
