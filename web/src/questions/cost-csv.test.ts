import { describe, expect, it } from 'vitest'
import { guessColumns, parseCosts, toCostRows } from './cost-csv'

describe('costs from a CSV', () => {
  it('reads quotes, a byte order mark and tabs', () => {
    expect(parseCosts('\uFEFF日期,渠道\r\n2026-03-02,"抖音,\n""直播"""\r\n\r\n')).toEqual({
      columns: ['日期', '渠道'],
      rows: [['2026-03-02', '抖音,\n"直播"']],
    })
    expect(parseCosts('a\tb\n1\t2').rows).toEqual([['1', '2']])
  })

  it('finds the columns by their names, and whether amounts are fen', () => {
    expect(guessColumns(['日期', '渠道', '消耗(元)', '展现量', '点击量'])).toEqual({
      date: 0,
      source: 1,
      amount: 2,
      impressions: 3,
      clicks: 4,
      fen: false,
    })
    expect(guessColumns(['date', 'campaign', 'fen']).fen).toBe(true)
    expect(guessColumns(['x']).date).toBe(-1)
  })

  it('adds up rows of one source and date, and names lines that are wrong', () => {
    const csv = parseCosts(
      'date,source,cost,clicks\n2026/3/2,a,"1,000.50",3\n2026-03-02,a,¥2,4\n' +
        '2026-02-30,a,1,\n2026-03-03,a,none,\n20260303,b,1,2.5\n20260304,,5,',
    )
    const { rows, problems } = toCostRows(csv, guessColumns(csv.columns))
    expect(rows).toEqual([
      { source: 'a', date: '2026-03-02', fen: 100250, clicks: 7 },
      { source: '', date: '2026-03-04', fen: 500 },
    ])
    expect(problems).toEqual([
      { line: 4, what: 'date' },
      { line: 5, what: 'amount' },
      { line: 6, what: 'count' },
    ])
  })
})
