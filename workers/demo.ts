import { parseArgs } from 'node:util'
import { runDemo } from '../src/demo/demo.ts'

/** `npm run demo [-- --seconds 120 --port 3000 --exit]` */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    host: { type: 'string', default: process.env.HOST ?? '127.0.0.1' },
    port: { type: 'string', default: process.env.PORT ?? '0' },
    exit: { type: 'boolean', default: false },
  },
})
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
const options = { seconds: Number(values.seconds), exit: values.exit, host: values.host, port: Number(values.port) }
await runDemo(options, (line) => process.stdout.write(`${line}\n`), stop.signal)
