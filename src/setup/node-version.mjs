import { SetupProblem } from './problem.mjs'

const oldest = { major: 20, minor: 19 }

/**
 * Throws a SetupProblem when this Node.js is too old to run the project.
 * @param {string} version as in process.versions.node
 * @returns {void}
 */
export function checkNodeVersion(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return
  const wanted = `${oldest.major}.${oldest.minor}`
  throw new SetupProblem(`Worthwhile needs Node.js ${wanted} or newer; this is ${version}. See https://nodejs.org/`)
}
