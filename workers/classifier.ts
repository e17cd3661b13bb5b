import { main } from '../src/main.ts'
import { startWorker } from '../src/roles.ts'

/** `npm run start:worker`: judging and learning alone. */
await main([startWorker], { mayEmbed: false })
