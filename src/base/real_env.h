#pragma once
// The Env of the running program: system clock, OpenSSL randomness, POSIX files, one thread per
// executor, HTTP over Beast (http:// and, through OpenSSL, https:// with certificate checks).

#include "base/env.h"

namespace weir {

std::unique_ptr<Env> make_real_env();

}  // namespace weir
