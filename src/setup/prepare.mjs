// Called first by every npm script: makes sure that what the script needs is there, and is quiet when it is.
//   node src/setup/prepare.mjs [--need redis|own-redis|dovecot|chromium]... [--build]
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { providePrograms } from './debian-packages.mjs'
import { checkNodeVersion } from './node-version.mjs'
import { installPackages, packagesAreStale } from './npm-packages.mjs'
import { oneAtATime } from './one-at-a-time.mjs'
import { SetupProblem } from './problem.mjs'
import { run } from './run.mjs'

/** @typedef {import('./programs.mjs').ProgramName} ProgramName */

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `own-redis` is needed only by a service that was not given another Redis. */
const hasOtherRedis = Boolean(process.env.REDIS_URL || process.env.REDIS_URL_FILE)

/** @type {Readonly<Record<string, readonly ProgramName[]>>} */
const programsOfNeed = {
  redis: ['redis-server'],
  'own-redis': hasOtherRedis ? [] : ['redis-server'],
  dovecot: ['dovecot'],
  chromium: ['chromium'],
}

const options = /** @type {const} */ ({ need: { type: 'string', multiple: true }, build: { type: 'boolean' } })

/** @param {readonly string[]} args */
function prepare(args) {
  const { need = [], build } = parseArgs({ args: [...args], options }).values
  checkNodeVersion(process.versions.node)
  const programs = need.flatMap(programsFor)
  oneAtATime(root, () => {
    providePrograms(programs)
    if (packagesAreStale(root)) installPackages(root)
    if (build) compile()
  })
}

/** @param {string} need */
function programsFor(need) {
  const programs = programsOfNeed[need]
  if (programs === undefined) throw new SetupProblem(`--need ${need}: one of ${Object.keys(programsOfNeed).join(', ')}`)
  return programs
}

/** Compiles what changed since the last time into dist, and bundles the dashboard. */
function compile() {
  run(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'config/tsconfig.build.json'], root)
  run(process.execPath, ['src/dashboard/build.mjs'], root)
}

try {
  prepare(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
