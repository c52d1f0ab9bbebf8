/**
 * Makes what pages load and writes it out as JSON: a program of its own, started by assets.ts. Joining the stylesheet and compressing as far
 * as it goes take a second and a hundred megabytes, which the process that serves pages would keep.
 */
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { AssetName, MadeAsset } from './assets.ts'
import { iconSheet } from './icons.ts'
import { joinedScript } from './script.ts'
import { joinedStylesheet } from './stylesheet.ts'

const inPublic = (name: string) => readFileSync(new URL(`../../public/${name}`, import.meta.url), 'utf8')

const MADE: Record<AssetName, () => string> = {
  'purser.css': joinedStylesheet,
  'purser.js': () => joinedScript('purser'),
  'theme.js': () => inPublic('theme.js'),
  'icon.svg': () => inPublic('icon.svg'),
  'icons.svg': iconSheet,
}

const all = Object.entries(MADE).map(([name, make]): [string, MadeAsset] => {
  const plain = Buffer.from(make())
  const [br, gzip] = [brotliCompressSync(plain), gzipSync(plain, { level: 9 })]
  return [name, { plain: base64(plain), br: base64(br), gzip: base64(gzip) }]
})

process.stdout.write(JSON.stringify(Object.fromEntries(all)))

function base64(content: Buffer) {
  return content.toString('base64')
}
