import { type IncomingMessage, get } from 'node:http'
import type { Visitor } from './visit.ts'

/** Asks for a file as this browser and takes nothing of it but its head. */
export async function beginDownload({ url, cookies }: Visitor, address: string): Promise<IncomingMessage> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const request = get(`${url}${address}`, { headers: { cookie } })
  return new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', (response) => resolve(response.pause()))
    request.on('error', reject)
  })
}
