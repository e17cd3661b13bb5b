import { spawnSync } from 'node:child_process'
import { SetupProblem } from './problem.mjs'

/**
 * Runs a program with its output on this process's standard error, so that standard output stays the caller's; throws a
 * SetupProblem when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} folder where it runs
 * @returns {void}
 */
export function run(command, args, folder) {
  const { status, signal, error } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  const how = error?.message ?? (signal === null ? `exit code ${status}` : signal)
  throw new SetupProblem(`${[command, ...args].join(' ')} failed (${how})`)
}

/**
 * Tells on standard error what takes a while.
 * @param {string} what
 * @returns {void}
 */
export function announce(what) {
  process.stderr.write(`${what}\n`)
}
