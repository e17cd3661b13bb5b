import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where Debian keeps servers; an ordinary person's PATH leaves it out. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** @typedef {'redis-server' | 'dovecot' | 'chromium'} ProgramName */

/**
 * The programs that the project can need: the names their executable goes by, and the Debian packages it comes with.
 * @type {Readonly<Record<ProgramName, { executables: readonly string[], packages: readonly string[] }>>}
 */
const programs = {
  'redis-server': { executables: ['redis-server'], packages: ['redis-server'] },
  dovecot: { executables: ['dovecot'], packages: ['dovecot-imapd', 'dovecot-lmtpd'] },
  chromium: {
    executables: ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser'],
    packages: ['chromium'],
  },
}

/**
 * The full path of a program, looked for on PATH and in the folders of servers; undefined when it is not installed.
 * @param {ProgramName} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  return programs[name].executables.map(findExecutable).find((found) => found !== undefined)
}

/**
 * The full path of an executable; undefined when there is none.
 * @param {string} executable
 * @returns {string | undefined}
 */
export function findExecutable(executable) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...serverFolders]
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, executable))
    .find(isExecutable)
}

/**
 * The Debian packages that programs come with.
 * @param {readonly ProgramName[]} names
 * @returns {readonly string[]}
 */
export function packagesOf(names) {
  return names.flatMap((name) => programs[name].packages)
}

/**
 * As `findProgram`; throws an Error that says what to type when there is none.
 * @param {ProgramName} name
 * @returns {string}
 */
export function requireProgram(name) {
  const found = findProgram(name)
  if (found === undefined) throw new Error(`${name} is not installed. Type: ${installCommand([name])}`)
  return found
}

/**
 * The line to type as an administrator to install programs.
 * @param {readonly ProgramName[]} names
 * @returns {string}
 */
export function installCommand(names) {
  return `sudo apt-get update && sudo apt-get install -y ${packagesOf(names).join(' ')}`
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
