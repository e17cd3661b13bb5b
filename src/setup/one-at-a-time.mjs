import { createHash } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const lookAgainAfterMs = 50
/** A holder writes its process id at once; a file still empty after this long belongs to one that died doing it. */
const emptyForMs = 1000

/**
 * Does something while no other process does it for the same folder. A lock left by a process that has died is taken
 * over. Blocks this thread while it waits.
 * @param {string} folder
 * @param {() => void} act
 * @returns {void}
 */
export function oneAtATime(folder, act) {
  const file = lockFile(folder)
  while (!take(file)) sleep(lookAgainAfterMs)
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  act()
  release()
  process.off('exit', release)
}

/** @param {string} folder */
function lockFile(folder) {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return path.join(os.tmpdir(), `worthwhile-setup-${id}.lock`)
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if (isAbandoned(file)) removeAbandoned(file)
    return false
  }
}

/**
 * Moves the file away before it is removed: another process may have removed it since and taken the lock, and that new
 * file has to be put back.
 * @param {string} file
 */
function removeAbandoned(file) {
  const own = `${file}.${process.pid}`
  try {
    renameSync(file, own)
    if (!isAbandoned(own)) linkSync(own, file)
    rmSync(own)
  } catch (error) {
    // ENOENT: somebody else moved it first.
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid === 0) return Date.now() - statSync(file).mtimeMs > emptyForMs
    process.kill(pid, 0)
    return false
  } catch (error) {
    // ESRCH: its holder is dead. ENOENT: released since. EPERM: alive, and somebody else's.
    return codeOf(error) === 'ESRCH'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** @param {number} ms */
function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
