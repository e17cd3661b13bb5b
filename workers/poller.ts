import { main } from '../src/main.ts'
import { startPoller } from '../src/roles.ts'

/** `npm run start:poller`: watching alone. */
await main([startPoller], { mayEmbed: false })
