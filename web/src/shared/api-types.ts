// The words of the console API, as the server describes itself: names for parts of the types that
// `npm run types` makes from docs/reference/openapi.json. No shape is written here by hand; what is
// missing or vague belongs into that description, which tests/e2e/api.test.mjs holds the server to.
import type { components } from '../../generated/api'

type S = components['schemas']

export type Json = S['Json']

export type Operator = S['Operator']
export type SessionBody = S['Session']

export type Overview = S['Overview']
export type OverviewJourney = S['OverviewJourney']
export type RecentEvent = S['RecentEvent']

export type Channel = S['Channel']
export type ProfileRow = S['ProfileRow']
export type ProfileList = S['ProfileList']
export type ProfileDetail = S['Profile']
export type IdentityRef = S['IdentityRef']
export type Identity = S['Identity']
export type IdentityLink = S['Link']
export type Trait = S['Trait']
export type ProfileTag = S['ProfileTag']
export type ConsentRow = S['ConsentRow']
export type ProfileEnrollment = S['ProfileEnrollment']
export type ProfileCoupon = S['ProfileCoupon']
export type TimelineEvent = S['TimelineEvent']
export type Timeline = S['Timeline']

export type SegmentDef = S['SegmentDef']
export type FrozenSegment = S['FrozenSegment']
export type Segment = S['Segment']
export type SegmentDetail = S['SegmentDetail']
export type SegmentSaved = S['SegmentSaved']
export type SegmentPreview = S['SegmentPreview']
export type Tag = S['Tag']

export type JourneyState = S['JourneyState']
export type JourneyRow = S['Journey']
export type JourneyChainAttempt = S['JourneyAttempt']
export type JourneyNode = S['JourneyNode']
export type JourneyDefinition = S['JourneyDefinition']
export type NodeStats = S['NodeStats']
export type JourneyStats = S['JourneyStats']
export type JourneyDetail = S['JourneyDetail']
export type Enrollment = S['Enrollment']
export type EnrollmentList = S['EnrollmentList']
export type EnrollmentDetail = S['EnrollmentDetail']
export type TraceStep = S['TraceStep']

export type MessageState = S['MessageState']
export type MessageRow = S['Message']
export type MessageList = S['MessageList']
export type CouponTemplate = S['CouponTemplate']

export type Filter = S['Filter']
export type QueryRange = S['QueryRange']
type Says<T, K extends keyof T> = T & Required<Pick<T, K>>
/** The console's own questions leave nothing of these to the server's defaults. */
export type TrendsSeriesQuery = Says<S['TrendsSeriesQuery'], 'name' | 'event' | 'measure'>
export type TrendsQuery = Says<S['TrendsQuery'], 'interval'> & { series: TrendsSeriesQuery[] }
export type TrendsSeries = S['TrendsSeries']
export type TrendsAnswer = S['TrendsAnswer']
export type FunnelQuery = Says<S['FunnelQuery'], 'window' | 'order'>
export type FunnelStep = S['FunnelStep']
export type FunnelAnswer = S['FunnelAnswer']
export type RetentionAnswer = S['RetentionAnswer']
export type LifecycleAnswer = S['LifecycleAnswer']
export type StickinessAnswer = S['StickinessAnswer']
export type SessionsAnswer = S['SessionsAnswer']
export type PathsAnswer = S['PathsAnswer']
export type DrillAnswer = S['DrillAnswer']
export type LiveQuery = S['LiveQuery']
export type IntervalAnswer = S['IntervalAnswer']
export type IntervalBox = S['IntervalBox']
export type IntervalBin = S['IntervalBin']
export type DistributionAnswer = S['DistributionAnswer']
export type DistributionCell = S['DistributionCell']
export type AttributionAnswer = S['AttributionAnswer']
export type RfmAnswer = S['RfmAnswer']
export type RfmAmounts = S['RfmAmounts']
export type RfmCell = S['RfmCell']
export type StagesAnswer = S['StagesAnswer']
export type LtvAnswer = S['LtvAnswer']
export type LtvCell = S['LtvCell']
export type RepurchaseAnswer = S['RepurchaseAnswer']
export type RepurchaseCell = S['RepurchaseCell']
export type ClvAnswer = S['ClvAnswer']
export type ClvGroup = S['ClvGroup']
export type PropertyAnswer = S['PropertyAnswer']

export type SavedQuestion = S['SavedQuestion']
export type Board = S['Board']
export type BoardDef = S['BoardDef']
export type BoardCard = S['BoardCard']
export type Goal = S['Goal']

export type Connector = S['Connector']
export type QuarantineItem = S['QuarantineItem']
export type QuarantineList = S['QuarantineList']
export type ImportRow = S['Import']
export type Schema = S['Schema']
