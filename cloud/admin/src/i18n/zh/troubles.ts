import type { Dictionary } from '../en/en.ts'

export const troubles: Dictionary['troubles'] = {
  title: '故障',
  intro: '出过的问题，最近的在前。',
  period: '时间范围',
  periods: { day: '24 小时', week: '7 天', all: '全部' },
  sort: '类型',
  anySort: '全部类型',
  emptyTitle: '一切正常',
  emptyText: '音箱离线、引擎失败、闹钟错过等情况会记录在这里，保留 90 天。',
  lasts: '仍在持续',
  forSoLong: (length) => `已持续 ${length}`,
  since: (when) => `${when}开始`,
  lasted: (from, to, length) => `${from} 至 ${to} · ${length}`,
  cloud: '云端',
  kinds: {
    offline: '离线',
    hot: '温度过高',
    low_battery: '电量不足',
    provider_failed: '引擎失败',
    low_disk: '磁盘快满了',
    update: '更新失败',
    config_refused: '设置被拒绝',
    speaker_error: '音箱故障',
    announcement_failed: '广播未播出',
  },
  free: (size) => `剩余 ${size}`,
}
