// Rates passwords in a thread of its own, which password-meter.ts starts: one may take a third of a second.
import { parentPort } from 'node:worker_threads'
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import type { Measured, ToMeasure } from './password-meter.ts'

/** In UTF-16 units, twice the code points that a password may have. */
const LENGTH_MAX = 256

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: LENGTH_MAX })

parentPort?.on('message', ({ id, password, about }: ToMeasure) => {
  const { score, sequence } = estimator.check(password, [...about])
  const isOwnName = sequence.some((part) => 'dictionaryName' in part && part.dictionaryName === 'userInputs')
  parentPort?.postMessage({ id, score, isOwnName } satisfies Measured)
})
