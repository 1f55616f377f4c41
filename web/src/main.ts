import './adapter/theme'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { setHttpHooks } from './shared/http'
import { i18n, locale, setLocale } from './shared/i18n'
import { useSession } from './shared/session'
import './shared/styles.css'

const app = createApp(App).use(createPinia()).use(i18n)

const session = useSession()
setHttpHooks({
  csrf: () => session.csrf,
  onUnauthenticated() {
    session.forget()
    const from = router.currentRoute.value
    if (from.meta.public) return
    void router.replace({ name: 'login', query: { next: from.fullPath, expired: '1' } })
  },
})

await setLocale(locale.value)
app.use(router)
app.mount('#app')
