import type { CouponTemplate, MessageList } from '@/shared/api-types'
import { get, withQuery } from '@/shared/http'

export const fetchMessages = (state: string, cursor?: string) =>
  get<MessageList>(withQuery('/api/messages', { state, limit: 50, cursor }))
export const fetchCoupons = async () =>
  (await get<{ templates: CouponTemplate[] }>('/api/coupons')).templates
