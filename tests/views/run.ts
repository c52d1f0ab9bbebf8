// The check of all views, for `npm run check`: how they are written, and that they use what their pages give them.
import { sources } from '../support/source.ts'
import { faultsOfViews } from './check.ts'
import { faultsOfLines } from './lines.ts'

const faults = [
  ...sources('views/**/*.ejs').flatMap(({ file, text }) => faultsOfLines(file, text)),
  ...faultsOfViews(),
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
