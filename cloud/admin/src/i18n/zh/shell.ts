import type { Dictionary } from '../en/en.ts'

type Shell = Pick<
  Dictionary,
  'language' | 'theme' | 'nav' | 'actions' | 'states' | 'link' | 'alerts' | 'roles' | 'roleHints'
>

export const shell: Shell = {
  language: { label: '语言', en: 'English', zh: '中文' },
  theme: { label: '外观', auto: '跟随系统', light: '浅色', dark: '深色' },
  nav: {
    label: '主导航',
    speakers: '音箱',
    talk: '说话',
    conversations: '对话',
    announce: '广播',
    alarms: '闹钟',
    people: '成员',
    ai: 'AI 设置',
    audit: '操作记录',
    system: '系统',
    account: '账户',
    more: '更多',
    home: '家庭',
    skip: '跳到正文',
  },
  actions: {
    save: '保存',
    saving: '正在保存',
    cancel: '取消',
    close: '关闭',
    remove: '移除',
    delete: '删除',
    edit: '修改',
    retry: '重试',
    copy: '复制',
    copied: '已复制',
    back: '返回',
    more: '加载更多',
    done: '完成',
    download: '下载',
    logOut: '退出登录',
  },
  states: {
    loading: '正在加载',
    failedTitle: '加载失败',
    saved: '已保存',
    notFoundTitle: '这里什么也没有',
    notFoundText: '页面不存在，或者您无权查看。',
    noHomeTitle: '还没有家庭',
    noHomeText: '您还不属于任何家庭。请向管理员索取邀请链接。',
    unknown: '未知',
    none: '无',
    yes: '是',
    no: '否',
  },
  link: {
    live: '实时',
    connecting: '正在连接',
    lost: '与云端的连接已断开。当前显示的内容可能不是最新的，连接会自动恢复。',
    unreachableTitle: '云端没有响应',
    unreachableText: '可能正在重启。本页会自动重试。',
  },
  alerts: {
    providerFailed: (stage, why) => `${stage}：${why}。提问的人只能听到一句道歉。`,
    askAdmin: '家庭管理员可以更换。',
  },
  roles: { viewer: '访客', member: '成员', admin: '管理员' },
  roleHints: {
    viewer: '可以查看，不能修改',
    member: '可以使用和设置音箱',
    admin: '还可以管理成员、AI 和删除记录',
  },
}
