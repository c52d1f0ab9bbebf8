// The check of all views, for `npm run check`: how they are written, and that they use what their pages give them. With --write, as
// `npm run format` starts it, it formats them instead.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { sources } from '../support/source.ts'
import { faultsOfViews } from './check.ts'
import { formattedView } from './formatted.ts'
import { faultsOfLines } from './lines.ts'

const project = path.resolve(import.meta.dirname, '../..')
const views = sources('views/**/*.ejs')

if (process.argv.includes('--write')) {
  for (const { file, text } of views) {
    const formatted = await formattedView(text)
    if (formatted !== text) writeFileSync(path.join(project, file), formatted)
  }
} else {
  const faults = views.flatMap(({ file, text }) => faultsOfLines(file, text))
  for (const { file, text } of views) {
    if ((await formattedView(text)) !== text) faults.push(`${file} is not formatted: run npm run format`)
  }
  faults.push(...faultsOfViews())
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}
