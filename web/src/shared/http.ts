/** What the server said, or that it could not be reached (`status` 0, code `network`). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message)
  }
}

interface Hooks {
  csrf: () => string | null
  /** Called on 401 for any request but the session's own; the router sends to the login page. */
  onUnauthenticated: () => void
}

let hooks: Hooks = { csrf: () => null, onUnauthenticated: () => {} }

/** Wires the session in without http.ts having to import the store. */
export function setHttpHooks(next: Hooks): void {
  hooks = next
}

export interface RequestOptions {
  body?: unknown
  signal?: AbortSignal
  /** `caller`: a 401 is an answer the caller handles (login, session probe). */
  on401?: 'redirect' | 'caller'
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Query = Record<string, string | number | undefined | null>

/** Builds a path with only the parameters that have a value. */
export function withQuery(path: string, query: Query): string {
  const entries = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  if (entries.length === 0) return path
  return `${path}?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}`
}

export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  const csrf = hooks.csrf()
  if (method !== 'GET' && csrf) headers['X-Weir-CSRF'] = csrf

  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'network', 'The server cannot be reached.')
  }

  const text = await response.text()
  let body: unknown = null
  try {
    body = text === '' ? null : JSON.parse(text)
  } catch {
    throw new ApiError(response.status, 'bad_answer', text.slice(0, 200))
  }
  if (response.ok) return body as T

  if (response.status === 401 && options.on401 !== 'caller') hooks.onUnauthenticated()
  const error = (body as { error?: { code?: string; message?: string; field?: string } } | null)
    ?.error
  throw new ApiError(
    response.status,
    error?.code ?? `http_${response.status}`,
    error?.message ?? response.statusText,
    error?.field ?? null,
  )
}

export const get = <T>(path: string, options?: RequestOptions) => request<T>('GET', path, options)
export const post = <T>(path: string, body?: unknown, options?: RequestOptions) =>
  request<T>('POST', path, { ...options, body: body ?? {} })
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, { body })
export const del = <T>(path: string) => request<T>('DELETE', path)
