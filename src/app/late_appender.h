#pragma once
// The one knot in the order of construction: messaging needs the appender, the appender needs the
// pipeline's lag, the pipeline needs messaging among its folds. Bound before the first record.

#include "ports/appender.h"

#include <utility>

namespace weir::app {

class LateAppender : public Appender {
 public:
  void bind(Appender& appender) { appender_ = &appender; }
  void append(std::vector<Envelope> batch, Done done) override {
    WEIR_ASSERT(appender_ != nullptr);
    appender_->append(std::move(batch), std::move(done));
  }

 private:
  Appender* appender_ = nullptr;
};

}  // namespace weir::app
