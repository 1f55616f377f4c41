#pragma once
// The behaviour engine: what adapters include. Knows no word of its users and could ship alone.

#include "columnar/bulk_load.h"
#include "columnar/funnel.h"
#include "columnar/funnel_collect.h"
#include "columnar/store.h"
#include "columnar/trends.h"
#include "columnar/trends_collect.h"
