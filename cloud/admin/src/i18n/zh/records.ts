import type { SpeakerEventType } from '@mynah/shared/wire/topics.ts'
import type { Dictionary } from '../en/en.ts'

/** Each code of the audit record; a code of a newer cloud is shown as it is. */
const auditActions: Readonly<Record<string, string>> = {
  token_made: '创建了登记令牌',
  token_revoked: '收回了登记令牌',
  device_enrolled: '音箱已登记',
  fleet_enrolled: '批量登记了音箱',
  device_revoked: '解除了音箱',
  device_claimed: '用配对码认领了音箱',
  device_transferred: '音箱移到另一个家庭',
  config_changed: '更改了音箱设置',
  command_sent: '向音箱发送了命令',
  schedule_changed: '更改了定时器或闹钟',
  announced: '发布了广播',
  set_up: '云端完成初始设置',
  login: '登录',
  login_failed: '登录失败',
  login_ended: '登录已结束',
  refresh_reused: '疑似登录被盗用，已结束',
  password_changed: '更改了密码',
  totp_changed: '更改了两步验证',
  person_added: '添加了人员',
  person_removed: '移除了人员',
  api_token_made: '创建了 API 令牌',
  api_token_revoked: '收回了 API 令牌',
  home_made: '创建了家庭',
  home_changed: '更改了家庭',
  home_removed: '删除了家庭',
  member_changed: '更改了角色',
  member_removed: '移除了成员',
  invitation_made: '创建了邀请',
  invitation_revoked: '收回了邀请',
  invitation_used: '接受了邀请',
  turns_deleted: '删除了对话',
  turns_exported: '导出了对话',
  retention_changed: '更改了对话保留时间',
  ai_changed: '更改了 AI 设置',
  backup_made: '创建了备份',
  backup_downloaded: '下载了备份',
  backup_removed: '删除了备份',
  restore_planned: '计划了恢复',
  restore_cancelled: '取消了恢复',
}

const speakerEvents: Readonly<Record<SpeakerEventType, string>> = {
  timer_fired: '定时器响了',
  alarm_fired: '闹钟响了',
  reminder_fired: '播报了提醒',
  button: '按下了按钮',
  mute_changed: '切换了麦克风',
  volume_changed: '音量已更改',
  update_state: '软件更新',
  error: '出错',
}

export const records: Dictionary['records'] = { auditActions, speakerEvents }
