import { systemClock } from '@mynah/shared/time/clock.ts'

/** Whether real disk work of this process is under way: what waits for it would not see virtual time pass. */
const isDiskAtWork = (): boolean => process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq'))

/**
 * Lets real disk work finish, and what follows from it begin: returns when there was none at `calmLooks` looks, a millisecond apart. On a
 * busy machine that takes as long as it takes.
 */
export const untilDiskRests = async (calmLooks = 20): Promise<void> => {
  for (let calm = 0; calm < calmLooks; calm = isDiskAtWork() ? 0 : calm + 1) await systemClock.sleep(1)
}
