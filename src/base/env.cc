#include "base/env.h"

namespace weir {
namespace {

std::string parent_dir(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> FileSystem::read_all(const std::string& path) {
  WEIR_TRY(std::unique_ptr<File> file, open(path, OpenMode::Read));
  WEIR_TRY(uint64_t size, file->size());
  WEIR_TRY(std::string data, file->read_at(0, size));
  if (data.size() != size) {
    return fail(ErrorCode::Unavailable, "file \"" + path + "\" became shorter while it was read");
  }
  return data;
}

Status FileSystem::write_atomic(const std::string& path, std::string_view data) {
  std::string beside = path + ".tmp";
  // A crash may have left an older attempt; it was never the file, so it may go.
  if (exists(beside)) WEIR_CHECK_OK(remove(beside));
  {
    WEIR_TRY(std::unique_ptr<File> file, open(beside, OpenMode::Create));
    WEIR_CHECK_OK(file->append(data));
    WEIR_CHECK_OK(file->sync());
  }
  WEIR_CHECK_OK(rename(beside, path));
  return sync_dir(parent_dir(path));
}

}  // namespace weir
