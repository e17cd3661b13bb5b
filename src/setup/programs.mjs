import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where Debian keeps servers; an ordinary person's PATH leaves it out. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The programs that the project can need: the name of the executable and the Debian packages it comes with.
 * @type {Readonly<Record<ProgramName, readonly string[]>>}
 */
export const debianPackages = {
  'redis-server': ['redis-server'],
  dovecot: ['dovecot-imapd', 'dovecot-lmtpd'],
  chromium: ['chromium'],
}

/** @typedef {'redis-server' | 'dovecot' | 'chromium'} ProgramName */

/**
 * The full path of an executable, looked for on PATH and in the folders of servers; undefined when there is none.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...serverFolders]
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find(isExecutable)
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
  const packages = names.flatMap((name) => debianPackages[name])
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`
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
