import type {
  EnrollmentDetail,
  EnrollmentList,
  JourneyDetail,
  JourneyRow,
} from '@/shared/api-types'
import { get, post, withQuery } from '@/shared/http'

const at = (id: string) => `/api/journeys/${encodeURIComponent(id)}`

export const fetchJourneys = async () =>
  (await get<{ journeys: JourneyRow[] }>('/api/journeys')).journeys
export const fetchJourney = (id: string) => get<JourneyDetail>(at(id))
export const fetchEnrollments = (id: string, state: string, cursor?: string) =>
  get<EnrollmentList>(withQuery(`${at(id)}/enrollments`, { state, limit: 20, cursor }))
export const fetchEnrollment = (id: string) =>
  get<EnrollmentDetail>(`/api/enrollments/${encodeURIComponent(id)}`)
export const changeState = (id: string, action: 'pause' | 'resume' | 'stop') =>
  post(`${at(id)}/${action}`)
