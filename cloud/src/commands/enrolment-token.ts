import { instant } from '@mynah/shared/time/instant.ts'
import { formatEnrolmentToken, newEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { deviceIdSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { type Command, exitCode, takeOptions } from './command.ts'
import { withStore } from './with-store.ts'

const defaultValidHours = 24
const optionsSchema = v.object({
  '--name': v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  '--device': v.optional(deviceIdSchema),
  '--valid-hours': v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}(\.\d+)?$/), v.transform(Number), v.minValue(0.01), v.maxValue(8_760)),
  ),
})

/** `enrolment-token [--name kitchen] [--device ID] [--valid-hours 24]`: prints a one-time token, alone on its line. */
export const makeEnrolmentToken: Command = async (context) => {
  const { values, rest } = takeOptions(context.args, { withValue: ['--name', '--device', '--valid-hours'], alone: [] })
  const options = v.safeParse(optionsSchema, Object.fromEntries(values))
  if (!options.success) {
    const [issue] = options.issues
    context.printError(`${v.getDotPath(issue)}: ${JSON.stringify(issue.input)} is not allowed: ${issue.message}`)
    return exitCode.usage
  }
  const { '--name': name, '--device': forDeviceId, '--valid-hours': validHours = defaultValidHours } = options.output
  return withStore(context, rest, (store) => {
    const token = newEnrolmentToken()
    store.enrolment.add({
      ...token,
      homeId: store.devices.defaultHomeId(),
      expiresAt: instant(context.clock.wallTime().getTime() + validHours * 3_600_000),
      ...(name !== undefined && { name }),
      ...(forDeviceId !== undefined && { forDeviceId }),
    })
    store.audit.add({ actor: 'command line', action: 'token_made', target: token.tokenId })
    context.print(formatEnrolmentToken(token))
    return exitCode.ok
  })
}
