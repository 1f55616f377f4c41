// The one shape of a question: a form that is filled in, the JSON that is asked (SEMANTICS), and a
// view of the answer that pages, boards and exports all draw from. One folder per question.
import type { Component } from 'vue'
import type { ChartOption } from '@/adapter/chart-core'
import type { Json, Schema } from '@/shared/api-types'
import type { Words } from '@/shared/i18n'
import type { useFormat } from '@/shared/useFormat'
import type { CommonForm } from './common'

export type Query = { kind: string; [field: string]: Json }
export type Format = ReturnType<typeof useFormat>

/** What every answer carries besides its own numbers. */
export interface AnswerBase {
  kind: string
  as_of: number
  events_scanned?: number
  elapsed_ms?: number
  /** Scaled up from a sample of the people. */
  approx?: boolean
  /** From memory: nothing was recorded since. */
  cached?: boolean
  /** About `people_share` of the people, those looked at so far. */
  cut_short?: boolean
  people_share?: number
  /** Names this question with its `as_of`: people behind its numbers are asked for by it. */
  query_hash?: string
}

/** Which number of an answer to take apart into people (SEMANTICS DR1). */
export type Drill = { [field: string]: Json }

export interface Column {
  title: string
  /** Key of the glossary: definition on hover, unit beside the title. */
  term?: string
  unit?: string
  /** Unit of the raw numbers of an export, where the table writes them out. */
  raw?: string
  num?: boolean
}

export interface Cell {
  text: string
  /** What goes into an export; the text when absent. */
  value?: number | string | null
  drill?: Drill
  /** Whose profile this is. */
  person?: string
  /** 0 … 1: how strongly the cell is coloured. */
  heat?: number
  faint?: string
  mark?: string
  bold?: boolean
}

export interface Table {
  columns: Column[]
  rows: Cell[][]
  note?: string
}

/** Cells placed by hand: the RFM squares, the provinces. */
export interface Grid {
  columns: number
  cells: {
    x: number
    y: number
    title: string
    text: string
    sub?: string
    heat: number
    drill?: Drill
    hint?: string
  }[]
}

export interface Figure {
  id: string
  title: string
  term?: string
  chart?: ChartOption
  /** Why there is nothing to draw; stands in the chart's place. */
  blank?: string
  height?: number
  grid?: Grid
  table?: Table
  /** Half of the page's width when the figure beside it is half too. */
  half?: boolean
}

/** A number for the top of the page and for cards with a goal. */
export interface Headline {
  id: string
  label: string
  term?: string
  value: number | null
  text: string
  unit?: string
  /** How goals for it are typed: money in yuan, ratios in percent. */
  as?: 'money' | 'percent' | 'number'
  /** The same number in the period before, when the question compares. */
  previous?: number | null
  previous_text?: string
  /** Recent values, oldest first. */
  spark?: (number | null)[]
  drill?: Drill
}

export interface View {
  empty: boolean
  headlines: Headline[]
  figures: Figure[]
  notes: string[]
}

export interface Say {
  words: Words
  f: Format
}

/** Fields that the frame edits for every question which has them. */
export type Common =
  'range' | 'interval' | 'segment' | 'filter' | 'breakdown' | 'compare' | 'sample'

export interface Kind<F extends CommonForm = CommonForm, A extends AnswerBase = AnswerBase> {
  /** Folder, route and words under `questions.<page>`. */
  page: string
  /** The kinds of the API that this page asks. */
  kinds: string[]
  common: Common[] | ((form: F) => Common[])
  /** A question about events that exist, so that the page opens with an answer. */
  defaults: (schema: Schema) => F
  /** Null while something is not chosen. */
  toQuery: (form: F) => Query | null
  /** The form of a stored or linked question; fields it cannot show stay as they are in `rest`. */
  fromQuery: (query: Query, schema: Schema) => F
  /** Events that the form names: breakdowns offer their properties. */
  events: (form: F) => string[]
  builder: Component
  view: (answer: A, query: Query, say: Say) => View
}

/** Lets each kind keep its own form and answer types while the registry holds them all. */
export type AnyKind = Kind<any, any> // eslint-disable-line @typescript-eslint/no-explicit-any

export const kind = <F extends CommonForm, A extends AnswerBase>(k: Kind<F, A>): Kind<F, A> => k
