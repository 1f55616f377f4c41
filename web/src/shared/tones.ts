export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain'

// Colour of a state wherever it is shown. States not listed are plain.
const TONES: Record<string, Tone> = {
  accepted: 'info',
  active: 'info',
  confirmed: 'good',
  degraded: 'warn',
  done: 'good',
  down: 'bad',
  entered: 'good',
  expired: 'plain',
  failed: 'bad',
  goal: 'good',
  granted: 'good',
  healthy: 'good',
  issued: 'info',
  live: 'good',
  paused: 'warn',
  personal: 'warn',
  redeemed: 'good',
  running: 'info',
  sensitive: 'bad',
  sending: 'info',
  stopped: 'plain',
  suppressed: 'warn',
  unknown: 'warn',
  waiting: 'info',
  withdrawn: 'bad',
}

export function toneOf(state: string | null | undefined): Tone {
  return (state && TONES[state]) || 'plain'
}
