"""Tags and 200 segments of a brand, drawn from a seed: each as Weir's JSON and as SQL that DuckDB and ClickHouse both read."""
import random
from dataclasses import dataclass

EVENTS = ["mp_launch", "page_view", "view_item", "add_to_cart", "search", "coupon_receive", "coupon_redeem", "pay_order",
          "submit_order", "share", "favorite", "scan_qr", "push_click", "ad_click", "live_enter", "checkin", "refund", "review"]
CHANNELS = ["oa_menu", "mini_program", "wecom", "group", "moments_ad", "search_ad", "sms", "h5", "app"]
DAY = 86400


@dataclass
class Rule:
    definition: dict
    sql: str  # of one person `u`; {now}, and {d30} = the midnight that the last 30 days begin with, in unix seconds
    algebra: bool  # of traits and tags alone


def trait(prop: str, op: str, value) -> Rule:
    signs = {"eq": "=", "neq": "<>", "gte": ">=", "lt": "<"}
    if op == "in":
        of = ", ".join(f"'{v}'" for v in value)
        return Rule({"profile": {"prop": f"profile.{prop}", "op": "in", "value": value}}, f"u.{prop} IN ({of})", True)
    shown = f"'{value}'" if isinstance(value, str) else value
    return Rule({"profile": {"prop": f"profile.{prop}", "op": op, "value": value}}, f"u.{prop} {signs[op]} {shown}", True)


def done(event: str, least: int, days: int, agg="count", where: tuple | None = None) -> Rule:
    body: dict = {"event": event, "op": "gte", "value": least, "window": {"last": days, "unit": "day"}}
    number = "count(*)"
    if agg == "sum":
        body |= {"agg": "sum", "prop": "event.amount_fen"}
        number = "sum(e.amount_fen)"
    if agg == "days":
        body["agg"] = "days"
        number = f"count(DISTINCT floor(e.ts / {DAY}))"
    if where:
        body["filter"] = {"prop": f"event.{where[0]}", "op": "eq", "value": where[1]}
    return Rule({"done": body}, f"u.uid IN (SELECT e.uid FROM {{ev}} e WHERE {events_of(event, days, where)} "
                                f"GROUP BY e.uid HAVING {number} >= {least})", False)


def events_of(event: str, days: int, where: tuple | None = None) -> str:
    more = f" AND e.{where[0]} = '{where[1]}'" if where else ""
    return f"e.event = '{event}' AND e.ts >= {{d{days}}} AND e.ts <= {{now}}{more}"


def not_done(event: str, days: int) -> Rule:
    return Rule({"not_done": {"event": event, "window": {"last": days, "unit": "day"}}},
                f"u.uid NOT IN (SELECT e.uid FROM {{ev}} e WHERE {events_of(event, days)})", False)


def sequence(first: str, then: str, within: int, days: int) -> Rule:
    definition = {"sequence": {"steps": [{"event": first}, {"event": then}], "within": f"P{within}D",
                               "window": {"last": days, "unit": "day"}}}
    last = (f"max(CASE WHEN e.event = '{first}' THEN e.ts END) OVER (PARTITION BY e.uid ORDER BY e.ts "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)")
    sql = (f"u.uid IN (SELECT w.uid FROM (SELECT e.uid AS uid, e.event AS event, e.ts AS ts, {last} AS began FROM {{ev}} e WHERE "
           f"e.event IN ('{first}', '{then}') AND e.ts >= {{d{days}}} AND e.ts <= {{now}}) w "
           f"WHERE w.event = '{then}' AND w.began IS NOT NULL AND w.ts - w.began <= {within * DAY})")
    return Rule(definition, sql, False)


def join(word: str, rules: list[Rule]) -> Rule:
    return Rule({word: [r.definition for r in rules]}, "(" + f" {word.upper()} ".join(r.sql for r in rules) + ")",
                all(r.algebra for r in rules))


def negate(rule: Rule) -> Rule:
    return Rule({"not": rule.definition}, f"NOT ({rule.sql})", rule.algebra)


class Audience:
    def __init__(self, seed: int = 7):
        self.dice = random.Random(seed)
        self.tags, self.tag_rules = self._tags()
        self.segments: dict[str, Rule] = {}
        for number in range(200):
            self.segments[f"s{number:03}"] = self._segment(number)

    def _tags(self) -> tuple[dict[str, dict], list[Rule]]:
        """Ten tags of two layers; each value is also a condition."""
        tags, rules = {}, []
        for number, event in enumerate(["pay_order", "add_to_cart", "view_item", "mp_launch", "coupon_redeem"]):
            high, some = done(event, 3, 90), done(event, 1, 90)
            rules += self._layers(tags, f"t{number}", high, some)
        for number, (prop, high, some) in enumerate([("points", 9000, 2000), ("level", 4, 2), ("score", 60, 20),
                                                     ("spent_before_fen", 200000, 20000), ("orders_before", 15, 3)], 5):
            rules += self._layers(tags, f"t{number}", trait(prop, "gte", high), trait(prop, "gte", some))
        return tags, rules

    @staticmethod
    def _layers(tags: dict, code: str, high: Rule, some: Rule) -> list[Rule]:
        tags[code] = {"name": code, "category": "behaviour", "value_type": "enum", "rule": {"layers": [
            {"if": high.definition, "value": "high"}, {"if": some.definition, "value": "some"}]}}
        is_ = lambda value: {"tag": {"code": code, "op": "eq", "value": value}}
        return [Rule(is_("high"), high.sql, True), Rule(is_("some"), f"({some.sql} AND NOT ({high.sql}))", True)]

    def _trait(self) -> Rule:
        d = self.dice
        return d.choice([
            lambda: trait("city", "in", [f"city_{d.randint(1, 40)}" for _ in range(3)]),
            lambda: trait("province", "eq", f"province_{d.randint(0, 30)}"),
            lambda: trait("gender", "eq", d.choice(["female", "male"])),
            lambda: trait("age_band", "in", d.sample(["18-24", "25-34", "35-44", "45-54", "55+"], 2)),
            lambda: trait("level", "gte", d.randint(2, 5)),
            lambda: trait("reg_channel", "neq", d.choice(CHANNELS)),
            lambda: trait("points", "gte", d.choice([100, 1000, 5000, 10000])),
            lambda: trait("birth_month", "eq", d.randint(1, 12)),
            lambda: trait("favourite", "eq", f"category_{d.randint(0, 19)}"),
            lambda: trait("orders_before", "lt", d.randint(1, 10)),
            lambda: trait("price_band", "eq", d.choice(["mid", "high", "luxury"]))])()

    def _tag(self) -> Rule:
        return self.dice.choice(self.tag_rules)

    def _done(self) -> Rule:
        d = self.dice
        where = ("channel", d.choice(CHANNELS)) if d.random() < 0.3 else None
        return done(d.choice(EVENTS), d.randint(1, 4), d.choice([7, 14, 30, 60, 90]), where=where)

    def _behaviour(self) -> Rule:
        d = self.dice
        return d.choice([
            lambda: not_done(d.choice(EVENTS), d.choice([7, 30, 90])),
            lambda: sequence(*d.sample(EVENTS, 2), d.choice([1, 3, 7]), d.choice([30, 60])),
            lambda: done("pay_order", d.choice([5000, 20000, 100000]), d.choice([30, 90]), "sum"),
            lambda: done(d.choice(EVENTS), d.randint(2, 4), d.choice([30, 60]), "days"), self._done])()

    def _segment(self, number: int) -> Rule:
        d, kind = self.dice, number % 20
        if kind < 5:
            return join(d.choice(["and", "or"]), [self._trait() for _ in range(d.randint(2, 4))])
        if kind < 8:
            return join("and", [self._tag(), d.choice([self._tag, self._trait])(), negate(self._trait())])
        if kind < 13:
            return self._done()
        if kind < 16:
            return join("and", [self._behaviour(), self._trait()])
        if kind < 18:
            return join(d.choice(["and", "or"]), [self._behaviour(), self._behaviour()])
        if kind < 19 and self.segments:
            other = d.choice(list(self.segments))
            return join("and", [Rule({"segment": other}, self.segments[other].sql, False), self._trait()])
        return join("and", [join("or", [self._done(), self._tag()]), negate(join("or", [self._behaviour(), self._trait()]))])

    def edited(self, algebra: bool, count: int, tags: bool) -> list[Rule]:
        """What an operator tries while a segment is being built; before there are tags, without them."""
        drawn = []
        while len(drawn) < count:
            rule = self._segment(self.dice.randrange(20))
            named = str(rule.definition)
            if rule.algebra == algebra and "'segment'" not in named and (tags or "'tag'" not in named):
                drawn.append(rule)
        return drawn


def sql_of(rule: Rule, now: int, users: str, events: str) -> str:
    midnight = now // DAY * DAY
    values = {f"d{n}": midnight - (n - 1) * DAY for n in (7, 14, 30, 60, 90)}
    return f"SELECT count(*) FROM {users} u WHERE " + rule.sql.format(ev=events, now=now, **values)
