/** What a slot means, whatever words said it. */
export type SlotValue =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'duration'; readonly durationMs: number }
  | TimeOfDay
  | DayReference
  | DaysOfWeek
  /** One of a closed list: a unit, a city, an operator, a service. */
  | { readonly type: 'choice'; readonly value: string }
  | { readonly type: 'text'; readonly text: string }

/** `exact` is false when the clock face alone was named ("seven"): morning and evening are both possible. Hours 0 to 23, 1 to 12 when not exact. */
export type TimeOfDay = {
  readonly type: 'time_of_day'
  readonly hour: number
  readonly minute: number
  readonly exact: boolean
  /** Said of the night ("one at night"): together with a day it is the night that follows that day. */
  readonly ofNight?: true
}

export type DayPart = 'morning' | 'afternoon' | 'evening'

/** A day by its distance from today or by its weekday (0 is Sunday), perhaps with a part of it. */
export type DayReference = {
  readonly type: 'day'
  readonly inDays?: number
  readonly weekday?: number
  readonly part?: DayPart
}

export const everyDay: readonly number[] = [0, 1, 2, 3, 4, 5, 6]
export const workingDays: readonly number[] = [1, 2, 3, 4, 5]
export const daysOff: readonly number[] = [0, 6]

/** Days on which something comes again, 0 is Sunday, ascending; perhaps with a part of them. */
export type DaysOfWeek = {
  readonly type: 'days_of_week'
  readonly weekdays: readonly number[]
  readonly part?: DayPart
}

export type Slots = Readonly<Record<string, SlotValue>>

export const numberIn = (slots: Slots, name: string): number | undefined => {
  const value = slots[name]
  return value?.type === 'number' ? value.value : undefined
}

export const durationIn = (slots: Slots, name: string): number | undefined => {
  const value = slots[name]
  return value?.type === 'duration' ? value.durationMs : undefined
}

export const choiceIn = (slots: Slots, name: string): string | undefined => {
  const value = slots[name]
  return value?.type === 'choice' ? value.value : undefined
}

export const textIn = (slots: Slots, name: string): string | undefined => {
  const value = slots[name]
  return value?.type === 'text' ? value.text : undefined
}

export const timeIn = (slots: Slots, name: string): TimeOfDay | undefined => {
  const value = slots[name]
  return value?.type === 'time_of_day' ? value : undefined
}

export const dayIn = (slots: Slots, name: string): DayReference | undefined => {
  const value = slots[name]
  return value?.type === 'day' ? value : undefined
}

export const daysOfWeekIn = (slots: Slots, name: string): DaysOfWeek | undefined => {
  const value = slots[name]
  return value?.type === 'days_of_week' ? value : undefined
}
