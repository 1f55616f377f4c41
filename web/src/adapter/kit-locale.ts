import { shallowRef, watch } from 'vue'
import zhCN from 'tdesign-vue-next/es/locale/zh_CN'
import { locale } from '@/shared/i18n'

/** The kit's own words (pager, date picker) in the console's language. */
export const kitLocale = shallowRef<object>(zhCN)

watch(
  locale,
  async (language) => {
    kitLocale.value =
      language === 'zh-CN' ? zhCN : (await import('tdesign-vue-next/es/locale/en_US')).default
  },
  { immediate: true },
)
