import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const depthOf = (file: string) => file.split('/').length

/**
 * Loads every file in and below this folder of a site; each adds its addresses to the site's routers. Deeper files come first, so that
 * a word in an address comes before what may be any: /customers/new before /customers/:id. `but`: the file that asks.
 */
export async function loadPages(folder: URL, { but }: { but: string }): Promise<void> {
  const files = globSync('**/*.ts', { cwd: fileURLToPath(folder) }).filter((file) => file !== but)
  for (const file of files.sort((a, b) => depthOf(b) - depthOf(a) || (a < b ? -1 : 1))) {
    await import(new URL(file, folder).href)
  }
}
