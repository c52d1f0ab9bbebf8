/** A row's place in a list by time, newest first or last: times may be equal, so its id goes with it. */
export interface Place {
  /** ISO 8601, to the millisecond, as times are kept: what stands here is exactly what stands in the row. */
  at: string
  id: string
}

/** The place of a row as it stands in an address. */
export function placeInAddress({ at, id }: { at: Date; id: string }): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')
}

/** The place that an address names, or null for the beginning, also where the address was mangled. */
export function readPlace(place: string): Place | null {
  const match = /^([12]\d{3}-\d\d-\d\dT[\d:]{8}\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
    Buffer.from(place, 'base64url').toString(),
  )
  const [, at = '', id = ''] = match ?? []
  return Number.isNaN(Date.parse(at)) ? null : { at, id }
}
