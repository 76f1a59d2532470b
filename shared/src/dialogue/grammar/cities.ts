/** Places whose time can be asked: a closed list, so that the recogniser can hear them. A ^ name is for typed text only. */
export type City = {
  readonly zone: string
  readonly en: string
  readonly zh: string
  readonly enAlso?: readonly string[]
  readonly zhAlso?: readonly string[]
}

export const cities = {
  tokyo: { zone: 'Asia/Tokyo', en: 'Tokyo', zh: '东京', enAlso: ['japan'], zhAlso: ['日本'] },
  beijing: { zone: 'Asia/Shanghai', en: 'Beijing', zh: '北京', enAlso: ['china'], zhAlso: ['中国'] },
  shanghai: { zone: 'Asia/Shanghai', en: 'Shanghai', zh: '上海' },
  hong_kong: { zone: 'Asia/Hong_Kong', en: 'Hong Kong', zh: '香港' },
  taipei: { zone: 'Asia/Taipei', en: 'Taipei', zh: '台北' },
  singapore: { zone: 'Asia/Singapore', en: 'Singapore', zh: '新加坡' },
  seoul: { zone: 'Asia/Seoul', en: 'Seoul', zh: '首尔' },
  bangkok: { zone: 'Asia/Bangkok', en: 'Bangkok', zh: '曼谷' },
  delhi: { zone: 'Asia/Kolkata', en: 'Delhi', zh: '新德里', enAlso: ['^(new delhi)', 'india'], zhAlso: ['印度'] },
  mumbai: { zone: 'Asia/Kolkata', en: 'Mumbai', zh: '孟买' },
  dubai: { zone: 'Asia/Dubai', en: 'Dubai', zh: '迪拜' },
  istanbul: { zone: 'Europe/Istanbul', en: 'Istanbul', zh: '伊斯坦布尔' },
  moscow: { zone: 'Europe/Moscow', en: 'Moscow', zh: '莫斯科' },
  athens: { zone: 'Europe/Athens', en: 'Athens', zh: '雅典' },
  cairo: { zone: 'Africa/Cairo', en: 'Cairo', zh: '开罗' },
  johannesburg: { zone: 'Africa/Johannesburg', en: 'Johannesburg', zh: '约翰内斯堡' },
  nairobi: { zone: 'Africa/Nairobi', en: 'Nairobi', zh: '内罗毕' },
  berlin: { zone: 'Europe/Berlin', en: 'Berlin', zh: '柏林', enAlso: ['germany'], zhAlso: ['德国'] },
  zurich: { zone: 'Europe/Zurich', en: 'Zurich', zh: '苏黎世', enAlso: ['switzerland'], zhAlso: ['瑞士'] },
  paris: { zone: 'Europe/Paris', en: 'Paris', zh: '巴黎', enAlso: ['france'], zhAlso: ['法国'] },
  rome: { zone: 'Europe/Rome', en: 'Rome', zh: '罗马' },
  madrid: { zone: 'Europe/Madrid', en: 'Madrid', zh: '马德里' },
  amsterdam: { zone: 'Europe/Amsterdam', en: 'Amsterdam', zh: '阿姆斯特丹' },
  stockholm: { zone: 'Europe/Stockholm', en: 'Stockholm', zh: '斯德哥尔摩' },
  london: { zone: 'Europe/London', en: 'London', zh: '伦敦', enAlso: ['england'], zhAlso: ['英国'] },
  dublin: { zone: 'Europe/Dublin', en: 'Dublin', zh: '都柏林' },
  lisbon: { zone: 'Europe/Lisbon', en: 'Lisbon', zh: '里斯本' },
  sao_paulo: { zone: 'America/Sao_Paulo', en: 'Sao Paulo', zh: '圣保罗' },
  buenos_aires: { zone: 'America/Argentina/Buenos_Aires', en: 'Buenos Aires', zh: '布宜诺斯艾利斯' },
  new_york: { zone: 'America/New_York', en: 'New York', zh: '纽约' },
  boston: { zone: 'America/New_York', en: 'Boston', zh: '波士顿' },
  washington: { zone: 'America/New_York', en: 'Washington', zh: '华盛顿' },
  toronto: { zone: 'America/Toronto', en: 'Toronto', zh: '多伦多' },
  chicago: { zone: 'America/Chicago', en: 'Chicago', zh: '芝加哥' },
  mexico_city: { zone: 'America/Mexico_City', en: 'Mexico City', zh: '墨西哥城' },
  denver: { zone: 'America/Denver', en: 'Denver', zh: '丹佛' },
  los_angeles: { zone: 'America/Los_Angeles', en: 'Los Angeles', zh: '洛杉矶' },
  san_francisco: { zone: 'America/Los_Angeles', en: 'San Francisco', zh: '旧金山' },
  seattle: { zone: 'America/Los_Angeles', en: 'Seattle', zh: '西雅图' },
  vancouver: { zone: 'America/Vancouver', en: 'Vancouver', zh: '温哥华' },
  honolulu: { zone: 'Pacific/Honolulu', en: 'Honolulu', zh: '檀香山', enAlso: ['hawaii'], zhAlso: ['夏威夷'] },
  sydney: { zone: 'Australia/Sydney', en: 'Sydney', zh: '悉尼' },
  melbourne: { zone: 'Australia/Melbourne', en: 'Melbourne', zh: '墨尔本' },
  auckland: { zone: 'Pacific/Auckland', en: 'Auckland', zh: '奥克兰', enAlso: ['^(new zealand)'], zhAlso: ['新西兰'] },
} as const satisfies Readonly<Record<string, City>>

export type CityName = keyof typeof cities

export const cityNamed = (name: string): City | undefined =>
  Object.hasOwn(cities, name) ? cities[name as CityName] : undefined
