import type { Overview } from '@/shared/api-types'
import { get } from '@/shared/http'

export const fetchOverview = () => get<Overview>('/api/overview')
