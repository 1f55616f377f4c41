import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { mockServer } from './dev/mock/plugin'

// WEIR_API=http://127.0.0.1:8420 develops against a real server; without it the mock answers.
const api = process.env.WEIR_API
const proxy = api
  ? Object.fromEntries(['/api', '/healthz', '/readyz'].map((path) => [path, api]))
  : undefined
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'))

/**
 * Fewer, larger files: a page should not wait for forty icons of one kilobyte each. What only some
 * pages need (tables, date pickers, charts, the graph) is left to Rollup and loads with them.
 */
function chunkOf(id: string): string | undefined {
  if (/node_modules\/(vue|@vue|vue-router|pinia|vue-i18n|@intlify)\//.test(id)) return 'vendor'
  if (id.includes('node_modules/tdesign-icons-vue-next/')) return 'icons'
  const series = /node_modules\/echarts\/lib\/chart\/(boxplot|sankey)\//.exec(id)?.[1]
  if (series) return `charts-${series}`
  if (/node_modules\/(echarts|zrender)\//.test(id)) return 'charts'
  return undefined
}

export default defineConfig({
  plugins: [vue(), ...(api ? [] : [mockServer()])],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __CONSOLE_VERSION__: JSON.stringify(version),
    __VUE_I18N_FULL_INSTALL__: true,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
  },
  server: { proxy },
  // The policy that README.md promises to be enough; npm run e2e fails if the console breaks it.
  preview: {
    proxy,
    headers: {
      'Content-Security-Policy':
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 700,
    rollupOptions: { output: { manualChunks: chunkOf } },
  },
  test: {
    environment: 'happy-dom',
    // The first import of the kit takes seconds on a busy machine.
    testTimeout: 30_000,
    include: ['src/**/*.test.ts', 'dev/**/*.test.ts'],
    server: { deps: { inline: ['tdesign-vue-next', 'tdesign-icons-vue-next'] } },
  },
})
