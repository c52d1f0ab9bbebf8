import { isCursorTime, readCursorValues, writeCursor } from './keyset.ts'

/** A row's place in a list by time, newest first or last: times may be equal, so its id goes with it. */
export interface Place {
  /** ISO 8601, to the millisecond, as times are kept: what stands here is exactly what stands in the row. */
  at: string
  id: string
}

/** The place of a row as it stands in an address. */
export const placeInAddress = ({ at, id }: { at: Date; id: string }) => writeCursor([at.toISOString(), id])

/** The place that an address names, or null for the beginning, also where the address was mangled. */
export function readPlace(place: string): Place | null {
  const [at = '', id = ''] = readCursorValues(place)
  return isCursorTime(at) && UUID.test(id) ? { at, id } : null
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
