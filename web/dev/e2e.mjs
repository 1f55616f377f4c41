// `npm run e2e`: serves the built console with the mock behind it and runs tests/e2e against it.
// Against a real server, run `node --test tests/e2e/` yourself with WEIR_URL, WEIR_USER and
// WEIR_PASSWORD set. Arguments are passed on, for example a single test file.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { preview } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const e2e = fileURLToPath(new URL('../../tests/e2e/', import.meta.url))

const server = await preview({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
  preview: { port: 0, host: '127.0.0.1' },
})
const { port } = server.httpServer.address()
const given = process.argv.slice(2)
// Other files of tests/e2e ask for more than the mock has: they run against a real server only.
const MOCKED = ['auth', 'pages', 'states', 'work'].map((name) => `${e2e}${name}.test.mjs`)
const files = given.length > 0 ? given : MOCKED

const run = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
  cwd: here,
  stdio: 'inherit',
  env: {
    ...process.env,
    WEIR_URL: `http://127.0.0.1:${port}`,
    WEIR_USER: 'admin',
    WEIR_PASSWORD: 'weir-demo',
  },
})
run.on('exit', async (code) => {
  await server.close()
  process.exit(code ?? 1)
})
