import { existsSync, readFileSync } from 'node:fs'

/**
 * @typedef {{ passed: number, failed: readonly string[], skipped: number }} Results names of what failed
 * @typedef {{ status: string, fullName: string }} Assertion
 * @typedef {{ name: string, status: string, assertionResults: Assertion[] }} FileReport
 * @typedef {{ testResults: FileReport[] }} Report what vitest's JSON reporter writes
 */

/**
 * Counts a vitest run. A file that could not even be loaded counts as one failure, and so does a run that ended badly
 * without any (an unhandled error, a crash, no test found).
 * @param {string} reportFile written by vitest's JSON reporter; may be missing
 * @param {number} exitCode vitest's
 * @returns {Results}
 */
export function countResults(reportFile, exitCode) {
  if (!existsSync(reportFile))
    return { passed: 0, failed: [`vitest wrote no report (exit code ${exitCode})`], skipped: 0 }
  /** @type {Report} */
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8'))
  const assertions = testResults.flatMap((file) => file.assertionResults)
  const failed = testResults.flatMap(failuresOf)
  const unexplained = exitCode !== 0 && failed.length === 0 ? [`vitest ended with exit code ${exitCode}`] : []
  return {
    passed: assertions.filter(({ status }) => status === 'passed').length,
    failed: [...failed, ...unexplained],
    skipped: assertions.filter(({ status }) => status !== 'passed' && status !== 'failed').length,
  }
}

/** @param {FileReport} file */
function failuresOf({ name, status, assertionResults }) {
  const failed = assertionResults.filter((assertion) => assertion.status === 'failed')
  if (status === 'failed' && failed.length === 0) return [name]
  return failed.map(({ fullName }) => `${name}: ${fullName}`)
}

/**
 * The last line of `npm test`.
 * @param {Results} results
 * @returns {string}
 */
export function closingLine({ passed, failed, skipped }) {
  return `Tests: ${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
