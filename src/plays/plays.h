#pragma once
// Growth plays. First tenant: the coupon ledger, a fold that issues from stock and budget, at most
// so many per person, and follows each coupon to redemption or expiry (RELIABILITY G2).

#include "ports/fold.h"
#include "ports/sending.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::plays {

struct CouponTemplateView {
  std::string id, name;
  int64_t stock = 0, issued = 0, redeemed = 0, expired = 0, budget_fen = 0, spent_fen = 0;
};

struct CouponView {
  std::string coupon_id, template_id;
  std::string_view state;  // "active", "redeemed", "expired"
  TimeMs issued_at = 0, valid_until = 0;
};

/// Fold "coupons". Reads Definition records "coupon_template/<id>" {"name","stock","budget_fen",
/// "value_fen","valid"} and "coupon_budget/<id>" {"budget_fen"}. A coupon is redeemed by
/// coupon_redeemed or by order_paid with "coupon_id", from a server or a verified vendor only:
/// public keys move no money.
class CouponFold : public Fold, public CouponIssuer {
 public:
  CouponFold();
  ~CouponFold() override;

  std::string_view name() const override { return "coupons"; }
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void on_timer(std::string_view key, TimeMs due, StepContext& context) override;
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override;
  void on_split(const Split& split, StepContext& context) override;
  void on_erase(ProfileOrdinal profile, StepContext& context) override;

  /// Coupons that are out or redeemed count against `per_person`; expired ones do not. AlreadyOwned
  /// names the newest coupon of the template that can still be used, if there is one.
  CouponResult issue(std::string_view template_id, ProfileOrdinal profile, DurationMs valid_for,
                     std::string_view budget, int per_person, std::string_view effect_key,
                     StepContext& context) override;

  // For api/, on the fold executor.
  std::vector<CouponTemplateView> templates() const;
  std::vector<CouponView> coupons_of(ProfileOrdinal profile) const;
  /// Redemptions that were refused: unknown coupon, another person's, or an untrusted source.
  uint64_t redemptions_refused() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Checks a coupon template before it is appended as a Definition.
Status check_coupon_template(std::string_view json_text);

}  // namespace weir::plays
