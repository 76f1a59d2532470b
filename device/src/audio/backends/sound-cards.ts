import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import { SoundDeviceError } from './sound-device-error.ts'

/** A card of this machine. Its number changes from start to start, its id does not. */
export type SoundCard = {
  readonly id: string
  readonly name: string
  readonly hasMicrophone: boolean
  readonly hasLoudspeaker: boolean
}

/** ` 1 [Jabra          ]: USB-Audio - Jabra SPEAK 510 USB`: a line of /proc/asound/cards. */
const cardPattern = /^ *(\d+) \[([^\]]+?) *\]: .* - (.+)$/gm

/** The cards that are plugged in right now; none where there is no ALSA. */
export const readSoundCards = (asoundDir = '/proc/asound'): readonly SoundCard[] => {
  const file = join(asoundDir, 'cards')
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(cardPattern)].map(([, number = '', id = '', name = '']) => {
    const folder = join(asoundDir, `card${number}`)
    const streams = existsSync(folder) ? readdirSync(folder) : []
    return {
      id,
      name: name.trim(),
      hasMicrophone: streams.some((stream) => /^pcm\d+c$/.test(stream)),
      hasLoudspeaker: streams.some((stream) => /^pcm\d+p$/.test(stream)),
    }
  })
}

const canDo = (card: SoundCard, direction: SoundDirection) =>
  direction === 'microphone' ? card.hasMicrophone : card.hasLoudspeaker

/**
 * The ALSA name of what an address means at this moment: `card=Jabra` is the card whose id or name contains that, whatever its number;
 * anything else is a name of ALSA already. Throws `SoundDeviceError` when no such card is plugged in.
 */
export const alsaNameOf = (device: string, direction: SoundDirection, cards: readonly SoundCard[]): string => {
  const [, wanted] = /^card=(.+)$/.exec(device) ?? []
  if (wanted === undefined) return device
  const isWanted = ({ id, name }: SoundCard) => `${id} ${name}`.toLowerCase().includes(wanted.toLowerCase())
  const card = cards.find((candidate) => isWanted(candidate) && canDo(candidate, direction))
  if (card) return `plughw:CARD=${card.id}`
  const there = cards.filter((other) => canDo(other, direction)).map(({ name }) => `"${name}"`)
  const known = there.length > 0 ? `there is ${there.join(', ')}` : 'there is none at all'
  throw new SoundDeviceError('not_found', `no ${direction} is called "${wanted}": ${known}`)
}
