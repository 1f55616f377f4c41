import type {
  FunnelAnswer,
  FunnelQuery,
  Schema,
  TrendsAnswer,
  TrendsQuery,
} from '@/shared/api-types'
import { get, post } from '@/shared/http'

export const runFunnel = (query: FunnelQuery) => post<FunnelAnswer>('/api/query', query)
export const runTrends = (query: TrendsQuery) => post<TrendsAnswer>('/api/query', query)
export const fetchSchema = () => get<Schema>('/api/schema')
