#include "model/envelope.h"

#include "base/bytes.h"

namespace weir {
namespace {

// Version byte first; then flags, kind, trust; strings are length-prefixed, numbers are varints.
// Times other than event_time are stored relative to it. docs/internals/envelope.md draws it.
constexpr uint8_t kVersion = 1;
constexpr uint64_t kListMax =
    4096;  // properties, traits, identities, list items: bounds a damaged count

enum Flags : uint8_t { kHistorical = 1, kTest = 2, kTimeFixed = 4 };

void write_value(const Value& value, ByteWriter& w) {
  w.u8(static_cast<uint8_t>(value.index()));
  struct Visitor {
    ByteWriter& w;
    void operator()(std::monostate) const {}
    void operator()(bool b) const { w.u8(b ? 1 : 0); }
    void operator()(int64_t i) const { w.zigzag(i); }
    void operator()(double d) const { w.f64(d); }
    void operator()(const std::string& s) const { w.string(s); }
    void operator()(const StringList& list) const {
      w.varint(list.size());
      for (const std::string& s : list) w.string(s);
    }
    void operator()(const JsonText& j) const { w.string(j.text); }
    void operator()(const Sealed& s) const {
      w.string(s.key_id);
      w.string(s.field);
      w.string(s.token);
      w.string(s.cipher);
    }
  };
  std::visit(Visitor{w}, value);
}

uint64_t read_count(ByteReader& r, bool& ok) {
  uint64_t count = r.varint();
  if (count > kListMax) ok = false;
  return ok && r.ok() ? count : 0;
}

Value read_value(ByteReader& r, bool& ok) {
  switch (r.u8()) {
    case 0: return std::monostate{};
    case 1: return r.u8() != 0;
    case 2: return r.zigzag();
    case 3: return r.f64();
    case 4: return std::string(r.string());
    case 5: {
      StringList list(read_count(r, ok));
      for (std::string& s : list) s = r.string();
      return list;
    }
    case 6: return JsonText{std::string(r.string())};
    case 7: {
      Sealed s;
      s.key_id = r.string();
      s.field = r.string();
      s.token = r.string();
      s.cipher = r.string();
      return s;
    }
    default: ok = false; return std::monostate{};
  }
}

}  // namespace

std::string_view event_name(const Envelope& envelope) {
  switch (envelope.kind) {
    case RecordKind::Track: return envelope.name;
    case RecordKind::Page: return "$pageview";
    case RecordKind::Screen: return "$screen";
    case RecordKind::Group: return "$group";
    case RecordKind::Identify:
      return envelope.name.empty() ? "$identify" : std::string_view(envelope.name);
    default: return {};
  }
}

std::string_view definition_body(const Envelope& envelope) {
  const Value* body = find_property(envelope.properties, "body");
  const auto* text = body == nullptr ? nullptr : std::get_if<JsonText>(body);
  return text == nullptr ? std::string_view() : std::string_view(text->text);
}

void encode(const Envelope& e, std::string& out) {
  ByteWriter w(out);
  w.u8(kVersion);
  w.u8(static_cast<uint8_t>(e.kind));
  w.u8(static_cast<uint8_t>(e.trust));
  w.u8(static_cast<uint8_t>((e.historical ? kHistorical : 0) | (e.is_test ? kTest : 0) |
                            (e.time_fixed ? kTimeFixed : 0)));
  w.string(e.source);
  w.string(e.message_id);
  w.string(e.name);
  w.zigzag(e.event_time);
  w.zigzag(e.sent_time == 0 ? INT64_MIN / 2 : e.sent_time - e.event_time);
  w.zigzag(e.received_time - e.event_time);
  w.varint(e.identities.size());
  for (const Identity& identity : e.identities) {
    w.u8(static_cast<uint8_t>(identity.kind));
    w.string(identity.scope);
    w.string(identity.value);
  }
  w.varint(e.properties.size());
  for (const Property& p : e.properties) {
    w.string(p.name);
    write_value(p.value, w);
  }
  w.varint(e.traits.size());
  for (const TraitChange& t : e.traits) {
    w.u8(static_cast<uint8_t>(t.op));
    w.string(t.name);
    write_value(t.value, w);
  }
}

Result<Envelope> decode_envelope(std::string_view bytes) {
  ByteReader r(bytes);
  bool ok = r.u8() == kVersion;
  Envelope e;
  e.kind = static_cast<RecordKind>(r.u8());
  e.trust = static_cast<Trust>(r.u8());
  uint8_t flags = r.u8();
  e.historical = (flags & kHistorical) != 0;
  e.is_test = (flags & kTest) != 0;
  e.time_fixed = (flags & kTimeFixed) != 0;
  e.source = r.string();
  e.message_id = r.string();
  e.name = r.string();
  e.event_time = r.zigzag();
  int64_t sent = r.zigzag();
  e.sent_time = sent == INT64_MIN / 2 ? 0 : e.event_time + sent;
  e.received_time = e.event_time + r.zigzag();
  e.identities.resize(read_count(r, ok));
  for (Identity& identity : e.identities) {
    identity.kind = static_cast<IdentityKind>(r.u8());
    identity.scope = r.string();
    identity.value = r.string();
  }
  e.properties.resize(read_count(r, ok));
  for (Property& p : e.properties) {
    p.name = r.string();
    p.value = read_value(r, ok);
  }
  e.traits.resize(read_count(r, ok));
  for (TraitChange& t : e.traits) {
    t.op = static_cast<TraitOp>(r.u8());
    t.name = r.string();
    t.value = read_value(r, ok);
  }
  if (!ok || !r.ok() || !r.at_end()) {
    return fail(ErrorCode::DataLoss, "log record is not an envelope of a version this build knows");
  }
  return e;
}

std::string encode_value(const Value& value) {
  std::string out;
  ByteWriter w(out);
  write_value(value, w);
  return out;
}

Result<Value> decode_value(std::string_view bytes) {
  ByteReader r(bytes);
  bool ok = true;
  Value value = read_value(r, ok);
  if (!ok || !r.ok() || !r.at_end()) return fail(ErrorCode::DataLoss, "stored value is damaged");
  return value;
}

}  // namespace weir
