// China by province as a grid of equal tiles, so that small provinces read as well as large ones.
// Drawn by us: a tile stands for one of the 34 province-level divisions, roughly where it lies.

/** Column and row of the tile, and names in Chinese and English. */
const TILES: [number, number, string, string][] = [
  [10, 0, '黑龙江', 'Heilongjiang'],
  [7, 1, '内蒙古', 'Inner Mongolia'],
  [10, 1, '吉林', 'Jilin'],
  [1, 2, '新疆', 'Xinjiang'],
  [4, 2, '甘肃', 'Gansu'],
  [5, 2, '宁夏', 'Ningxia'],
  [6, 2, '山西', 'Shanxi'],
  [7, 2, '河北', 'Hebei'],
  [8, 2, '北京', 'Beijing'],
  [9, 2, '天津', 'Tianjin'],
  [10, 2, '辽宁', 'Liaoning'],
  [3, 3, '青海', 'Qinghai'],
  [5, 3, '陕西', 'Shaanxi'],
  [6, 3, '河南', 'Henan'],
  [8, 3, '山东', 'Shandong'],
  [1, 4, '西藏', 'Tibet'],
  [4, 4, '四川', 'Sichuan'],
  [5, 4, '重庆', 'Chongqing'],
  [6, 4, '湖北', 'Hubei'],
  [7, 4, '安徽', 'Anhui'],
  [8, 4, '江苏', 'Jiangsu'],
  [9, 4, '上海', 'Shanghai'],
  [4, 5, '云南', 'Yunnan'],
  [5, 5, '贵州', 'Guizhou'],
  [6, 5, '湖南', 'Hunan'],
  [7, 5, '江西', 'Jiangxi'],
  [8, 5, '浙江', 'Zhejiang'],
  [5, 6, '广西', 'Guangxi'],
  [6, 6, '广东', 'Guangdong'],
  [8, 6, '福建', 'Fujian'],
  [9, 6, '台湾', 'Taiwan'],
  [5, 7, '海南', 'Hainan'],
  [6, 7, '澳门', 'Macao'],
  [7, 7, '香港', 'Hong Kong'],
]

export const COLUMNS = 11

export interface Province {
  x: number
  y: number
  zh: string
  en: string
}

export const PROVINCES: Province[] = TILES.map(([x, y, zh, en]) => ({ x, y, zh, en }))

const SUFFIX = /(维吾尔自治区|壮族自治区|回族自治区|特别行政区|自治区|省|市)$/
const by_name = new Map(
  PROVINCES.flatMap((p) => [
    [p.zh, p],
    [p.en.toLowerCase(), p],
  ]),
)

/** 广东, 广东省 and Guangdong are one province; undefined for what is none. */
export function provinceOf(value: string): Province | undefined {
  const name = value.trim().replace(SUFFIX, '')
  return by_name.get(name) ?? by_name.get(name.toLowerCase())
}
