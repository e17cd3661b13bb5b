import { main } from '../src/main.ts'
import { startApi, startPoller, startWorker } from '../src/roles.ts'

/** `npm start`: API, poller and workers in one process. */
await main([startWorker, startApi, startPoller], { mayEmbed: true })
