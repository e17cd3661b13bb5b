import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { WorthwhileError } from '../../errors.ts'
import { packageFile } from '../../settings/package-file.ts'

/** One file of the page, ready to be sent. */
interface Part {
  readonly body: Buffer
  readonly zipped: Buffer
  readonly type: string
  readonly etag: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Nothing but the page's own files runs or is asked for, nobody frames it, and no text becomes markup. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Names carry a hash of the content, so a browser may keep these files for good. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/** The dashboard at `/`: the page as it was built into `folder`, read once. */
export const dashboardRoutes =
  (folder: URL = packageFile('dist/dashboard/')): FastifyPluginAsync =>
  async (app) => {
    const page = readPart(new URL('index.html', folder))
    const assets = readParts(new URL('assets/', folder))

    app.get('/', { schema: { hide: true } }, async (request, reply) => {
      if (!page)
        throw new WorthwhileError('ROUTE_NOT_FOUND', 'The dashboard has not been built: npm run build does it.')
      return send(page, ASK_AGAIN, request, reply)
    })

    app.get<{ Params: { name: string } }>('/assets/:name', { schema: { hide: true } }, async (request, reply) => {
      const part = assets.get(request.params.name)
      if (!part) throw new WorthwhileError('ROUTE_NOT_FOUND', 'There is no such part of the page; load the page again.')
      return send(part, FOR_EVER, request, reply)
    })
  }

function readParts(folder: URL): Map<string, Part> {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return new Map(names.flatMap((name) => [[name, readPart(new URL(name, folder))] as const]).flatMap(present))
}

const present = ([name, part]: readonly [string, Part | null]) => (part ? [[name, part] as const] : [])

/** Null when the file does not exist or is not of a kind that the page is made of. */
function readPart(file: URL): Part | null {
  const type = TYPES[extname(file.pathname)]
  if (!type || !existsSync(file)) return null
  const body = readFileSync(file)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { body, zipped: gzipSync(body, { level: 9 }), type, etag }
}

function send({ body, zipped, type, etag }: Part, cache: string, request: FastifyRequest, reply: FastifyReply) {
  reply.headers({ ...HEADERS, 'cache-control': cache, vary: 'accept-encoding', etag })
  if (request.headers['if-none-match'] === etag) return reply.status(304).send()
  const mayZip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (mayZip) reply.header('content-encoding', 'gzip')
  return reply.type(type).send(mayZip ? zipped : body)
}
