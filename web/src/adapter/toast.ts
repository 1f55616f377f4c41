import { MessagePlugin } from 'tdesign-vue-next'

/** Short notices at the top of the page. */
export const toast = {
  ok: (text: string) => void MessagePlugin.success({ content: text, duration: 2500 }),
  warn: (text: string) => void MessagePlugin.warning({ content: text, duration: 4000 }),
  error: (text: string) => void MessagePlugin.error({ content: text, duration: 5000 }),
}
