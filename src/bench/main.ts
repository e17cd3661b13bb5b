import { parseArgs } from 'node:util'
import { benchClassifier } from '../evaluate/speed.ts'
import { latencyFigures, rateFigures, table } from './figures.ts'
import { measureLatency } from './latency.ts'

/** `npm run bench [-- --json] [-- --messages 100]`: ratios to floors that are measured in the same run. */
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, messages: { type: 'string', default: '100' } },
})
const latencies = latencyFigures(await measureLatency(Number(values.messages)))
const figures = [...latencies, ...rateFigures(await benchClassifier('config/training'))]
if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
else for (const line of table(figures)) process.stdout.write(`${line}\n`)
