import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { run } from './run.mjs'

/** npm 9.2, which Debian 13 has, fails on an override by another package ("npm:..."); Node.js 20 comes with npm 10. */
const oldestMajor = 10
const quiet = ['--no-audit', '--no-fund', '--loglevel=error']

/**
 * Runs npm in a folder: the npm that runs this script, or the one on PATH, or when that is too old a newer one that is
 * fetched for this once.
 * @param {string} folder
 * @param {readonly string[]} args
 * @returns {void}
 */
export function npm(folder, ...args) {
  const [command = 'npm', ...first] = npmAtHand()
  const { stdout } = spawnSync(command, [...first, '--version'], { encoding: 'utf8' })
  if (isNewEnough(stdout)) run(command, [...first, ...args, ...quiet], folder)
  else runNewer([command, ...first], args, folder)
}

/** @returns {readonly string[]} the words to start npm with */
function npmAtHand() {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') ? [process.execPath, script] : ['npm']
}

/**
 * @param {string | null} version as `npm --version` prints it; null when there is no npm, which `run` then says
 * @returns {boolean}
 */
export function isNewEnough(version) {
  return version === null || Number.parseInt(version, 10) >= oldestMajor
}

/**
 * @param {readonly string[]} npmAtHand
 * @param {readonly string[]} args
 * @param {string} folder
 */
function runNewer([command = 'npm', ...first], args, folder) {
  const own = mkdtempSync(path.join(os.tmpdir(), 'worthwhile-npm-'))
  try {
    run(command, [...first, 'install', '--prefix', own, `npm@${oldestMajor}`, ...quiet], own)
    run(process.execPath, [path.join(own, 'node_modules/npm/bin/npm-cli.js'), ...args, ...quiet], folder)
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}
