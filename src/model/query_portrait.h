#pragma once
// What a group of people is like beside another (群体画像): how they are spread over values of
// traits, tags and behaviour.

#include "model/query_parts.h"

#include <string>
#include <vector>

namespace weir {

inline constexpr size_t kPortraitFeaturesMax = 40;

struct PortraitQuery {
  QueryCommon common;  // range: of hours, weekdays and events; segment and filter are not used
  struct People {
    std::string segment;  // empty = everybody
    Filter filter;        // on profile properties
  };
  People group, baseline;
  struct Feature {
    enum class Kind : uint8_t { Trait, Tag, Hour, Weekday, Event, First, Last, Spend };
    Kind kind = Kind::Trait;
    std::string text;          // as asked: "profile.city", "hour"
    std::string name;          // trait, tag code, event property
    std::vector<double> bins;  // lower bounds; of traits and tags empty = values, or fifths
  };
  std::vector<Feature> features;
  OrderDef orders;  // of Spend: what was paid net, ever
};

}  // namespace weir
