#include "connectors/callback_xml.h"

#include <gtest/gtest.h>

namespace weir::connectors {
namespace {

TEST(CallbackXml, TrimsTextAroundCdataAndKeepsNamesApart) {
  auto xml = CallbackXml::parse(
      "<xml><Event> <![CDATA[CLICK]]>\n</Event><MsgID>1</MsgID><MsgId>2</MsgId>"
      "<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType></ScanCodeInfo></xml>");
  ASSERT_TRUE(xml.has_value());
  EXPECT_EQ(xml->get("Event"), "CLICK");
  EXPECT_EQ(xml->integer("MsgID"), 1);
  EXPECT_EQ(xml->integer("MsgId"), 2);
  EXPECT_EQ(xml->get("ScanCodeInfo/ScanType"), "qrcode");
  EXPECT_EQ(xml->get("Nothing"), "");
  EXPECT_FALSE(xml->has("Nothing"));
}

TEST(CallbackXml, RefusesDoctypesAndEntities) {
  EXPECT_FALSE(CallbackXml::parse("<!DOCTYPE xml><xml/>").has_value());
  EXPECT_FALSE(CallbackXml::parse("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
                                  "<xml><Content>&b;</Content></xml>")
                   .has_value());
}

TEST(CallbackXml, RefusesDepthSizeAndOtherRoots) {
  std::string deep = "<xml>";
  for (int i = 0; i < 20; ++i) deep += "<a>";
  for (int i = 0; i < 20; ++i) deep += "</a>";
  EXPECT_FALSE(CallbackXml::parse(deep + "</xml>").has_value());
  std::string deeper;
  for (int i = 0; i < 15'000; ++i) deeper += "<a>";
  EXPECT_FALSE(CallbackXml::parse(deeper).has_value());
  EXPECT_FALSE(CallbackXml::parse("<xml>" + std::string(70'000, 'x') + "</xml>").has_value());
  EXPECT_FALSE(CallbackXml::parse("<html/>").has_value());
  EXPECT_FALSE(CallbackXml::parse("").has_value());
  EXPECT_FALSE(CallbackXml::parse("<xml><a></xml>").has_value());
}

TEST(CallbackXml, GivesOneDigestForOneContent) {
  auto a = CallbackXml::parse("<xml><A><![CDATA[x]]></A><B>1</B></xml>");
  auto spaced = CallbackXml::parse("<xml>\n <A> <![CDATA[x]]> </A>\n <B>1</B></xml>");
  auto other = CallbackXml::parse("<xml><A><![CDATA[x]]></A><B>2</B></xml>");
  EXPECT_EQ(a->digest(), spaced->digest());
  EXPECT_NE(a->digest(), other->digest());
}

}  // namespace
}  // namespace weir::connectors
