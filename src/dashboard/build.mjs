// Bundles the page into dist/dashboard: index.html, and its parts under names that carry a hash of what is in them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const page = fileURLToPath(new URL('page/', import.meta.url))
const out = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url))

/** What the page is written for: browsers of early 2023 and later. */
const target = ['chrome111', 'firefox113', 'safari16.4']

const { metafile } = await build({
  absWorkingDir: page,
  entryPoints: { app: 'main.tsx', style: 'style/page.css' },
  outdir: path.join(out, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfig: 'tsconfig.json',
  target,
  metafile: true,
  logLevel: 'warning',
})

const built = Object.entries(metafile.outputs).map(([file, { entryPoint }]) => ({
  name: path.basename(file),
  entryPoint,
}))

/** @param {string} entryPoint */
function nameOf(entryPoint) {
  const found = built.find((file) => file.entryPoint === entryPoint)
  if (found === undefined) throw new Error(`nothing was built of ${entryPoint}`)
  return found.name
}

const html = readFileSync(path.join(page, 'index.html'), 'utf8')
  .replace('{{script}}', nameOf('main.tsx'))
  .replace('{{style}}', nameOf('style/page.css'))
mkdirSync(out, { recursive: true })
writeFileSync(path.join(out, 'index.html'), html)

// Parts of earlier builds go last, so that there is a whole page at any moment.
const names = new Set(built.map(({ name }) => name))
for (const name of readdirSync(path.join(out, 'assets')))
  if (!names.has(name)) rmSync(path.join(out, 'assets', name), { force: true })
