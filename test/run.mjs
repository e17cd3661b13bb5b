// npm test [-- FILTER...]: prepares the machine, checks types and lint, builds, and runs vitest. The last line says
// "Tests: N passed, M failed", where the type check, the lint and the build count as one test each.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { closingLine, countResults } from './results.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const filters = process.argv.slice(2)
const needs = ['redis', 'dovecot', 'chromium'].flatMap((name) => ['--need', name])

/** The checks besides vitest: name and arguments of node. */
const checks = /** @type {const} */ ([
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit'],
  ['lint', 'node_modules/@biomejs/biome/bin/biome', 'check'],
  ['build', 'src/setup/prepare.mjs', '--build'],
])

/** @type {import('node:child_process').ChildProcess | undefined} */
let running
// Under npm only this process is signalled; what it runs has to end with it.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    running?.kill(signal)
    process.exitCode = 1
  })
}

/**
 * Runs node with its output on ours; resolves with its exit code.
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
function node(...args) {
  return new Promise((resolve) => {
    running = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    running.once('close', (code) => resolve(code ?? 1))
  })
}

/** Runs the checks besides vitest; resolves with the names of those that failed. */
async function runChecks() {
  const failed = []
  for (const [name, ...args] of checks) {
    const code = await node(...args)
    console.log(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`)
    if (code !== 0) failed.push(name)
  }
  return failed
}

async function runVitest() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'worthwhile-test-'))
  const report = path.join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await node(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/vitest.config.ts',
    ...reporters,
    ...filters,
  )
  const results = countResults(report, code)
  rmSync(folder, { recursive: true })
  return results
}

/** In CI the unit tests also run on the current Node.js LTS. */
async function runOnLts() {
  if (process.env.CI !== 'true' || filters.length > 0) return []
  return (await node('test/lts.mjs')) === 0 ? [] : ['unit tests on Node.js LTS']
}

async function main() {
  if ((await node('src/setup/prepare.mjs', ...needs)) !== 0) return { passed: 0, failed: ['preparing'], skipped: 0 }
  const failedChecks = await runChecks()
  const results = await runVitest()
  const failed = [...failedChecks, ...results.failed, ...(await runOnLts())]
  return { ...results, passed: results.passed + checks.length - failedChecks.length, failed }
}

const results = await main()
if (results.failed.length > 0) console.log(`\nFailed:\n${results.failed.map((name) => `  ${name}`).join('\n')}`)
console.log(`\n${closingLine(results)}`)
if (results.failed.length > 0) process.exitCode = 1
