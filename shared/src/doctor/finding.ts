/** What a speaker finds out about itself: the same names in its report, in its own words and in the panel. */

export const checkNames = [
  'service',
  'microphone',
  'noise',
  'echo',
  'sound_gaps',
  'clock',
  'wifi',
  'owner',
  'broker',
  'udp',
  'models',
  'local_commands',
  'disk',
] as const
export type CheckName = (typeof checkNames)[number]

export type FindingCode =
  | 'works'
  | 'running'
  | 'not_found'
  | 'busy'
  | 'no_tool'
  | 'stalled'
  | 'failed'
  | 'muted'
  | 'silent'
  | 'too_quiet'
  | 'clips'
  | 'noisy'
  | 'weak'
  | 'hears_itself'
  | 'not_heard'
  | 'many'
  | 'wrong'
  | 'unreachable'
  | 'power_save'
  | 'cable'
  | 'none'
  | 'refused'
  | 'blocked'
  | 'not_tried'
  | 'missing'
  | 'read_only'
  | 'full'
  | 'low'

/** `bad` must be mended, `note` is worth knowing. `measured` has its unit in its name. */
export type Finding = {
  readonly check: CheckName
  readonly level: 'good' | 'note' | 'bad'
  readonly code: FindingCode
  readonly measured?: Readonly<Record<string, number | string>>
}
