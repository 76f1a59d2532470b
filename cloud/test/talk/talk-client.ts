import { type TalkMessage, type TalkRequest, talkMessageSchema } from '@mynah/shared/api/talk.ts'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import { openingOf } from '../live/opening-of.ts'

type MessageOf<T extends TalkMessage['type']> = Extract<TalkMessage, { type: T }>

/** A browser's end of `/talk/ws`; every message is checked against the contract as it comes. */
export const openTalk = async (httpUrl: string, ticket: string) => {
  const socket = new WebSocket(`${httpUrl.replace(/^http/, 'ws')}/talk/ws?${new URLSearchParams({ ticket })}`)
  const messages: TalkMessage[] = []
  const frames: Uint8Array[] = []
  const faults: unknown[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  socket.on('message', (data, isBinary) => {
    if (isBinary) frames.push(new Uint8Array(data as Buffer))
    else {
      const parsed = v.safeParse(talkMessageSchema, JSON.parse(String(data)))
      if (parsed.success) messages.push(parsed.output)
      else faults.push(parsed.issues)
    }
    wake()
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  void closed.then(wake)
  const opened = await openingOf(socket)

  /** The first message of this type (that `fits`); rejects when the connection ends without one. */
  const until = <T extends TalkMessage['type']>(
    type: T,
    fits: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = messages.find(
          (message): message is MessageOf<T> => message.type === type && fits(message as never),
        )
        if (found) resolve(found)
        else if (socket.readyState >= socket.CLOSING) reject(new Error(`closed without ${type}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const send = (request: TalkRequest | object) => socket.send(JSON.stringify(request))
  return {
    opened,
    messages,
    frames,
    faults,
    closed,
    socket,
    until,
    send,
    sendFrame: (bytes: Uint8Array) => socket.send(bytes),
  }
}
