import type { Channel, IdentityLink, Identity } from '../../src/shared/api-types'
import type { Rng } from './rng'

export interface MockEvent {
  t: number
  name: string
  source: string
  kind: string
  id: string
  position: number
  props: Record<string, string | number | boolean>
}

export interface Person {
  id: string
  name: string
  phone: string
  city: string
  tier: number
  gender: string
  member_level: string
  channels: Channel[]
  identities: Identity[]
  links: IdentityLink[]
  events: MockEvent[]
  paid_fen: number
  orders: number
  consents: { channel: string; state: 'granted' | 'withdrawn'; time: number }[]
}

export const DAY = 86_400_000
const SURNAMES = '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗'
const GIVEN = '芳敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉萍红玲建文辉云'
const CITIES: [string, number][] = [
  ['上海', 1],
  ['杭州', 1],
  ['南京', 2],
  ['成都', 1],
  ['苏州', 2],
  ['宁波', 2],
  ['无锡', 2],
  ['合肥', 2],
  ['嘉兴', 3],
]
const PRODUCTS: [string, string, string, number][] = [
  ['85123A', '白色心形烛台', '家居', 2550],
  ['22423', '三层蛋糕架', '餐厨', 12750],
  ['47566', '派对彩旗', '礼品', 4950],
  ['84879', '陶瓷小鸟摆件', '家居', 1690],
  ['20725', '红色复古手提袋', '箱包', 1650],
  ['22720', '烘焙收纳罐三件套', '餐厨', 4950],
  ['23203', '大号购物袋', '箱包', 2080],
  ['21212', '烘焙纸杯 72 只', '餐厨', 550],
  ['22086', '圣诞纸链套装', '礼品', 2950],
  ['23298', '手绘彩旗', '礼品', 4950],
]
const STORES = ['南京路店', '徐汇店', '武林店', '新街口店', '观前街店']

export function maskedName(rng: Rng): string {
  return SURNAMES[rng.int(0, SURNAMES.length - 1)]! + '*' + GIVEN[rng.int(0, GIVEN.length - 1)]!
}

function phone(rng: Rng): string {
  const carrier = rng.pick(['138', '139', '150', '186', '177'])
  return carrier + String(rng.int(0, 99_999_999)).padStart(8, '0')
}

/** Builds one customer with identities, the links between them, and 60 days of behaviour. */
export function makePerson(rng: Rng, n: number, now: number): Person {
  const [city, tier] = rng.pick(CITIES)
  const since = now - rng.int(2, 60) * DAY - rng.int(0, DAY)
  const person: Person = {
    id: String(10_000_000 + n),
    name: maskedName(rng),
    phone: phone(rng),
    city,
    tier,
    gender: rng.chance(0.68) ? '女' : '男',
    member_level: rng.weighted({ 普卡: 60, 银卡: 25, 金卡: 12, 黑卡: 3 }),
    channels: [],
    identities: [],
    links: [],
    events: [],
    paid_fen: 0,
    orders: 0,
    consents: [],
  }
  identify(rng, person, since, now)
  behave(rng, person, since, now)
  person.events.sort((a, b) => a.t - b.t)
  return person
}

function identify(rng: Rng, person: Person, since: number, now: number): void {
  const add = (kind: string, scope: string, value: string, source: string, late = 0) => {
    const first_seen = Math.min(now - 60_000, since + late)
    person.identities.push({
      id: person.identities.length,
      kind,
      scope,
      value,
      first_seen,
      last_seen: now - rng.int(0, DAY),
      source,
      demoted: false,
    })
  }
  const masked = `${person.phone.slice(0, 3)}****${person.phone.slice(7)}`
  add('anonymous_id', 'web', rng.id('', 12), 'segment-js')
  person.channels.push('web')
  if (rng.chance(0.8)) {
    add('openid', 'wx8a1f…mini', rng.id('oX', 16), 'miniprogram', 3_600_000)
    add('unionid', '公众平台', rng.id('o6', 16), 'wechat', 3_600_000)
    person.channels.push('wechat')
  }
  if (rng.chance(0.72)) {
    add('phone', 'cn', masked, 'miniprogram', 2 * 3_600_000)
    person.channels.push('sms')
  }
  if (rng.chance(0.55))
    add('user_id', 'member', `M${rng.int(10_000, 99_999)}`, 'pos', 3 * 3_600_000)
  if (rng.chance(0.42)) {
    add('external_userid', 'ww3c…corp', rng.id('wm', 16), 'wecom', DAY)
    person.channels.push('wecom')
  }
  if (rng.chance(0.15)) {
    add('device', 'android', rng.id('', 8), 'app', DAY)
  }
  const rules: Record<string, string> = {
    openid: 'same_request',
    unionid: 'wechat_user_info',
    phone: 'phone_authorized',
    user_id: 'login',
    external_userid: 'shared_unionid',
    device: 'login',
  }
  person.identities.slice(1).forEach((b, i) => {
    const hub = person.identities.find((x) => x.kind === 'unionid' && x !== b)
    const a =
      b.kind === 'external_userid' && hub ? hub : person.identities[Math.max(0, i - (i % 2))]!
    person.links.push({
      a: { kind: a.kind, scope: a.scope, value: a.value },
      b: { kind: b.kind, scope: b.scope, value: b.value },
      rule: rules[b.kind] ?? 'same_request',
      refused: '',
      time: b.first_seen,
      position: rng.int(1000, 900_000),
      message_id: rng.id('', 12),
      version: 1,
      source: b.source,
    })
  })
  for (const channel of ['wechat', 'sms', 'wecom']) {
    if (!person.channels.includes(channel as Channel)) continue
    const state = rng.chance(0.88) ? 'granted' : 'withdrawn'
    person.consents.push({ channel, state, time: since + DAY })
  }
}

function behave(rng: Rng, person: Person, since: number, now: number): void {
  const push = (
    t: number,
    name: string,
    kind: string,
    source: string,
    props: MockEvent['props'],
  ) => {
    if (t > now) return
    const position = rng.int(1000, 900_000)
    person.events.push({ t, name, kind, source, id: rng.id('', 16), position, props })
  }
  if (person.channels.includes('wechat')) {
    push(since + 3_600_000, 'mp_follow', 'track', 'wechat', {
      scene: rng.pick(['门店扫码', '公众号搜索', '朋友分享']),
    })
  }
  if (person.channels.includes('wecom')) {
    push(since + DAY, 'wecom_friend_added', 'track', 'wecom', {
      staff: rng.pick(['导购小周', '导购小林', '店长老徐']),
    })
  }
  const visits = rng.int(1, 14)
  for (let v = 0; v < visits; v++) {
    let t = since + Math.floor(rng.next() * (now - since))
    const local = (t + 8 * 3_600_000) % DAY
    // People shop from nine in the morning to eleven at night.
    if (local < 9 * 3_600_000) t += 9 * 3_600_000
    const platform = rng.weighted({ miniprogram: 70, web: 20, app: 10 })
    push(t, platform === 'miniprogram' ? 'mini_program_open' : 'page_view', 'page', platform, {
      platform,
      city: person.city,
    })
    for (let k = rng.int(1, 4); k > 0; k--) {
      const [sku_id, title, category, price] = rng.pick(PRODUCTS)
      const props = { sku_id, title, category, price_fen: price, platform }
      t += rng.int(20_000, 240_000)
      push(t, 'product_view', 'track', platform, props)
      if (!rng.chance(0.38)) continue
      t += rng.int(10_000, 300_000)
      const quantity = rng.int(1, 6)
      push(t, 'add_to_cart', 'track', platform, { ...props, quantity })
      if (rng.chance(0.12)) push(t + 90_000, 'remove_from_cart', 'track', platform, props)
      if (!rng.chance(0.46)) continue
      const paid = t + Math.floor(60_000 + rng.next() ** 4 * 3 * DAY)
      const amount_fen = price * quantity
      push(paid, 'order_paid', 'track', rng.chance(0.8) ? platform : 'pos', {
        order_id: rng.id('SO', 8),
        sku_id,
        category,
        amount_fen,
        store: rng.pick(STORES),
      })
      if (paid <= now) {
        person.paid_fen += amount_fen
        person.orders++
      }
    }
  }
}
