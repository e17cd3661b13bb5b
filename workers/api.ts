import { main } from '../src/main.ts'
import { startApi } from '../src/roles.ts'

/** `npm run start:api`: the HTTP API alone. */
await main([startApi], { mayEmbed: false })
