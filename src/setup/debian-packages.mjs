import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SetupProblem } from './problem.mjs'
import { findExecutable, findProgram, installCommand, packagesOf } from './programs.mjs'
import { announce, run } from './run.mjs'

const script = fileURLToPath(new URL('install-packages.sh', import.meta.url))

/** @typedef {import('./programs.mjs').ProgramName} ProgramName */

/**
 * Installs from the system's packages those of the programs that are not there; throws a SetupProblem that says what to
 * type when this may not be done from here.
 * @param {readonly ProgramName[]} names
 * @returns {void}
 */
export function providePrograms(names) {
  const missing = names.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0) return
  const asRoot = commandAsRoot()
  if (asRoot === undefined) throw new SetupProblem(`${missing.join(', ')} not found. Type: ${installCommand(missing)}`)
  const packages = packagesOf(missing)
  announce(`Installing ${packages.join(', ')} from the system's packages ...`)
  const [command = 'sh', ...args] = [...asRoot, 'sh', script, ...packages]
  run(command, args, '/')
}

/**
 * What to put before a command so that it runs as root; undefined when that needs a password, or when the system has
 * no apt-get.
 * @returns {readonly string[] | undefined}
 */
function commandAsRoot() {
  if (findExecutable('apt-get') === undefined) return undefined
  if (process.getuid?.() === 0) return []
  const isFree = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return isFree ? ['sudo', '-n'] : undefined
}
