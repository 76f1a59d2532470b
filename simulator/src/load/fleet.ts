import * as v from 'valibot'

/** What `npm run cloud -- enrol-fleet` writes. */
const fleetSchema = v.object({
  homes: v.array(v.object({ home_id: v.string(), device_ids: v.array(v.string()) })),
  devices: v.array(v.object({ device_id: v.string(), home_id: v.string(), secret: v.string() })),
  people: v.array(
    v.object({ login: v.string(), password: v.string(), token: v.string(), home_ids: v.array(v.string()) }),
  ),
})
export type Fleet = v.InferOutput<typeof fleetSchema>
export type FleetDevice = Fleet['devices'][number]
export type FleetPerson = Fleet['people'][number]

export const parseFleet = (text: string): Fleet => v.parse(fleetSchema, JSON.parse(text))

const speakersPerPerson = 20
const browsersPerPerson = 2

/** Households as they are: a person has some speakers and a browser or two. Pure. */
export const peopleFor = ({ devices, browsers }: { readonly devices: number; readonly browsers: number }): number =>
  Math.min(devices, Math.max(1, Math.ceil(devices / speakersPerPerson), Math.ceil(browsers / browsersPerPerson)))
