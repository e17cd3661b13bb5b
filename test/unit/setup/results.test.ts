import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { closingLine, countResults } from '../../results.mjs'

const folder = mkdtempSync(path.join(os.tmpdir(), 'worthwhile-results-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

function count(testResults: unknown[], exitCode: number) {
  const file = path.join(folder, 'report.json')
  writeFileSync(file, JSON.stringify({ testResults }))
  return countResults(file, exitCode)
}

const test = (fullName: string, status: string) => ({ fullName, status })

describe('the summary of a test run', () => {
  it('counts what passed, failed and was skipped', () => {
    const assertionResults = [test('x', 'passed'), test('y', 'failed'), test('z', 'pending'), test('w', 'passed')]
    const results = count([{ name: 'a.test.ts', status: 'failed', assertionResults }], 1)
    expect(results).toEqual({ passed: 2, failed: ['a.test.ts: y'], skipped: 1 })
    expect(closingLine(results)).toBe('Tests: 2 passed, 1 failed, 1 skipped')
  })

  it('counts a file that could not be loaded as a failure', () => {
    const failed = { name: 'a.test.ts', status: 'failed', assertionResults: [] }
    expect(count([failed], 1).failed).toEqual(['a.test.ts'])
  })

  it('is never clean when vitest ended badly', () => {
    const passed = { name: 'a.test.ts', status: 'passed', assertionResults: [test('x', 'passed')] }
    expect(closingLine(count([passed], 0))).toBe('Tests: 1 passed, 0 failed')
    expect(closingLine(count([passed], 1))).toBe('Tests: 1 passed, 1 failed')
    expect(countResults(path.join(folder, 'missing.json'), 137).failed).toHaveLength(1)
  })
})
