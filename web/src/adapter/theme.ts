// The kit's variables and base styles. Imported before our own, which override some of them.
import 'tdesign-vue-next/es/style/index.css'
