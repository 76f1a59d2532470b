import { type TalkMessage, type TalkRequest, talkCloseCodes, talkMessageSchema } from '@mynah/shared/api/talk.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import * as v from 'valibot'
import { codeOf } from '../session/failure-text.ts'
import { api } from '../session/session.ts'
import type { Trouble } from './talk-state.ts'

/** The connection over which this browser talks in one home. */
export type TalkLink = {
  readonly homeId: string
  readonly send: (request: TalkRequest) => void
  readonly sendFrame: (frame: Uint8Array<ArrayBuffer>) => void
  readonly isOpen: () => boolean
  readonly close: () => void
}

export type TalkLinkEnds = {
  readonly onMessage: (message: TalkMessage) => void
  readonly onFrame: (frame: Uint8Array<ArrayBuffer>) => void
  /** It ended, and not by `close`; undefined when that is nothing to tell. */
  readonly onLost: (trouble: Trouble | undefined) => void
}

/** A message of a newer cloud that we do not know is none for us. */
const messageIn = (text: string): TalkMessage | undefined => {
  const parsed = v.safeParse(talkMessageSchema, parseJson(text))
  return parsed.success ? parsed.output : undefined
}

const troubleOf = (code: number): Trouble | undefined => {
  if (code === talkCloseCodes.idle) return undefined
  if (code === talkCloseCodes.too_many) return 'too_many'
  return code === talkCloseCodes.not_allowed ? 'not_allowed' : 'connection_lost'
}

const refusalOf = (code: string | undefined): Trouble => {
  if (code === 'forbidden' || code === 'not_found') return 'not_allowed'
  return code === 'rate_limited' ? 'too_often' : 'cloud_away'
}

/** Opens a connection with a fresh ticket; resolves at the cloud's greeting. */
export const openTalkLink = async (homeId: string, ends: TalkLinkEnds): Promise<Result<TalkLink, Trouble>> => {
  const ticket = await api.call('createTalkTicket', { params: { home_id: homeId } })
  if (!ticket.ok) return refuse(refusalOf(codeOf(ticket.error)))
  const protocol = location.protocol === 'https:' ? 'wss' : 'ws'
  const query = new URLSearchParams({ ticket: ticket.value.ticket })
  const socket = new WebSocket(`${protocol}://${location.host}/talk/ws?${query}`)
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve) => {
    let isGreeted = false
    let isLeft = false
    const link: TalkLink = {
      homeId,
      send: (request) => socket.send(JSON.stringify(request)),
      sendFrame: (frame) => socket.send(frame),
      isOpen: () => socket.readyState === WebSocket.OPEN,
      close: () => {
        isLeft = true
        socket.close()
      },
    }
    socket.addEventListener('message', ({ data }) => {
      if (isLeft) return
      if (data instanceof ArrayBuffer) return ends.onFrame(new Uint8Array(data))
      const message = messageIn(String(data))
      if (message?.type === 'hello') {
        isGreeted = true
        resolve(ok(link))
      }
      if (message) ends.onMessage(message)
    })
    socket.addEventListener('close', ({ code }) => {
      if (!isGreeted) return resolve(refuse(code === talkCloseCodes.too_many ? 'too_many' : 'cloud_away'))
      if (!isLeft) ends.onLost(troubleOf(code))
    })
  })
}
