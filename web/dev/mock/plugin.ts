import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { createMock } from './handle'

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? null : JSON.parse(text)
}

function middleware(): Connect.NextHandleFunction {
  const handle = createMock()
  return (request: IncomingMessage, response: ServerResponse, next) => {
    const url = request.url ?? ''
    if (!url.startsWith('/api/') && url !== '/healthz') return next()
    void (async () => {
      const answer = handle({
        method: request.method ?? 'GET',
        url,
        body: await readBody(request),
        session: /(?:^|;\s*)weir_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? null,
        csrf: (request.headers['x-weir-csrf'] as string | undefined) ?? null,
      })
      response.statusCode = answer.status
      response.setHeader('Content-Type', 'application/json; charset=utf-8')
      if (answer.cookie !== undefined) {
        const age = answer.cookie === '' ? '; Max-Age=0' : ''
        response.setHeader(
          'Set-Cookie',
          `weir_session=${answer.cookie}; Path=/; HttpOnly; SameSite=Strict${age}`,
        )
      }
      response.end(JSON.stringify(answer.body))
    })().catch(next)
  }
}

/**
 * Development only: answers the console API from memory under `vite dev` and `vite preview`.
 * Nothing of it is bundled; the built console talks to whatever server hands it out.
 */
export function mockServer(): Plugin {
  return {
    name: 'weir-mock-server',
    configureServer: (server) => void server.middlewares.use(middleware()),
    configurePreviewServer: (server) => void server.middlewares.use(middleware()),
  }
}
