import type { EndpointName } from '@mynah/shared/api/contract.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRateLimit } from '../auth/rate-limit.ts'

type Budget = { readonly burst: number; readonly perSecond: number }

/**
 * A person, or an address that is nobody yet, may change this much; reading has no limit but that of the machine. What is public
 * or costly is counted for itself.
 */
const budgets = {
  stranger: { burst: 60, perSecond: 1 },
  /** A speaker asks once in ten minutes. */
  claim_code: { burst: 20, perSecond: 0.05 },
  /** What a person does by hand: wide enough for a script that sets a thousand speakers. */
  change: { burst: 2_000, perSecond: 400 },
  /** What costs engine time, disk or a household's peace. */
  costly: { burst: 30, perSecond: 0.5 },
} as const satisfies Record<string, Budget>

const special: Partial<Record<EndpointName, keyof typeof budgets>> = {
  requestClaimCode: 'claim_code',
  announce: 'costly',
  announceRecording: 'costly',
  tryAi: 'costly',
  createBackup: 'costly',
  uploadFirmware: 'costly',
  exportTurns: 'costly',
  exportTurnsWithSound: 'costly',
  createInvitation: 'costly',
  createApiToken: 'costly',
  changePassword: 'costly',
  startTotp: 'costly',
  confirmTotp: 'costly',
  removeTotp: 'costly',
  deleteMe: 'costly',
}

const maxKeys = 20_000

/** Seconds to wait; 0: go on. `caller` is a person or an address. */
export type CallLimits = (name: EndpointName, method: string, caller: string, isPublic: boolean) => number

export const createCallLimits = (clock: Pick<Clock, 'now'>): CallLimits => {
  const limits = Object.fromEntries(
    Object.entries(budgets).map(([budget, options]) => [budget, createRateLimit({ clock, ...options, maxKeys })]),
  )
  return (name, method, caller, isPublic) => {
    const own = special[name] !== undefined || isPublic
    const budget = special[name] ?? (isPublic ? 'stranger' : method === 'GET' ? undefined : 'change')
    if (budget === undefined || limits[budget]?.take(`${caller} ${own ? name : ''}`)) return 0
    return Math.max(1, Math.ceil(1 / budgets[budget].perSecond))
  }
}
