import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Lowest first; a file imports from its own layer and from lower ones. What stands nowhere is a story. */
const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
  ['core', /^src\/(core\/.*|errors|limits)\.ts$/],
  ['settings and data', /^src\/(settings\/.*|account|decision|logger|pace|parse|secrets)\.ts$/],
  ['edges', /^src\/(imap\/.*|store\/.*|queue|embedded-redis)\.ts$/],
  ['stories', /^src\/((message|feedback|learning|watch)\/.*|[^/]+)\.ts$/],
  ['API', /^src\/api\/.*\.ts$/],
  ['construction', /^src\/(installation|roles|main)\.ts$/],
  ['mains', /^(workers|src\/(bench|demo|evaluate|train|setup))\/.*$/],
]

/** Patterns overlap on purpose: the one that fits most narrowly is the last one that is not the stories. */
function layerOf(file: string): number {
  const fitting = LAYERS.flatMap(([name, files], i) => (files.test(file) ? [{ name, i }] : []))
  return fitting.find(({ name }) => name !== 'stories')?.i ?? fitting[0]?.i ?? Number.NaN
}

interface Import {
  readonly from: string
  /** A file of the project relative to its root, or a package. */
  readonly to: string
  readonly isPackage: boolean
  /** Erased when compiled. */
  readonly isType: boolean
}

function importsOf(from: string): Import[] {
  const text = readFileSync(path.join(root, from), 'utf8')
  const statements = text.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm)
  return [...statements].map(([, type, target = '']) => {
    const isPackage = !target.startsWith('.')
    const to = isPackage ? target : path.posix.join(path.posix.dirname(from), target)
    return { from, to, isPackage, isType: type !== undefined }
  })
}

const filesIn = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.posix.join(folder, String(name)))
const files = [...filesIn('src'), ...filesIn('workers')].filter(
  (file) => /\.(ts|mjs)$/.test(file) && !file.startsWith('src/dashboard/page/'),
)
const imports = files.flatMap(importsOf)
const told = ({ from, to }: Import) => `${from} imports ${to}`

/** Files that import a package, other than those allowed. */
const importersOf = (name: string, allowed: RegExp) =>
  imports
    .filter(({ isPackage, to }) => isPackage && (to === name || to.startsWith(`${name}/`)))
    .filter(({ from }) => !allowed.test(from))
    .map(told)

describe('who imports whom', () => {
  it('is known: the search for imports finds them', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(imports).toContainEqual({
      from: 'src/main.ts',
      to: 'src/settings/config.ts',
      isPackage: false,
      isType: false,
    })
    expect(imports).toContainEqual({
      from: 'src/message/judge.ts',
      to: 'src/account.ts',
      isPackage: false,
      isType: true,
    })
  })

  it('never points upward', () => {
    const own = imports.filter(({ isPackage }) => !isPackage)
    expect(own.filter(({ from, to }) => layerOf(to) > layerOf(from)).map(told)).toEqual([])
  })

  it('has no circles, but for types', () => {
    const next = (file: string) => imports.filter(({ from, isType }) => from === file && !isType).map(({ to }) => to)
    expect(files.flatMap((file) => circleThrough(file, next) ?? [])).toEqual([])
  })

  it('keeps the core pure: nothing but itself, stemmers and the list of public suffixes', () => {
    const fromCore = imports.filter(({ from }) => from.startsWith('src/core/'))
    const allowed = /^(src\/core\/|natural\/lib\/natural\/stemmers\/|tldts$)/
    expect(fromCore.filter(({ to }) => !allowed.test(to)).map(told)).toEqual([])
  })

  it.each([
    ['imapflow', /^src\/imap\//],
    ['mailparser', /^src\/parse\.ts$/],
    ['ioredis', /^src\/(store\/|embedded-redis\.ts)/],
    ['bullmq', /^src\/(queue|worker)\.ts$/],
    ['fastify', /^src\/(api\/|roles\.ts)/],
    ['yaml', /^src\/settings\/yaml-file\.ts$/],
    ['pino', /^src\/logger\.ts$/],
  ] as const)('leaves %s to its one place', (name, allowed) => {
    expect(importersOf(name, allowed)).toEqual([])
    expect(imports.some(({ to }) => to === name || to.startsWith(`${name}/`))).toBe(true)
  })
})

/** A way from `file` back to itself; null when there is none. */
function circleThrough(file: string, next: (file: string) => string[]): string | null {
  const ways = next(file).map((to) => [file, to])
  const seen = new Set<string>()
  for (let way = ways.pop(); way; way = ways.pop()) {
    const here = way.at(-1) ?? ''
    if (here === file) return way.join(' -> ')
    if (seen.has(here)) continue
    seen.add(here)
    for (const to of next(here)) ways.push([...way, to])
  }
  return null
}
