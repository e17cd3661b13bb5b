import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { npm } from './npm.mjs'
import { announce } from './run.mjs'

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages by path, such as node_modules/pino
 */

/**
 * Whether node_modules lacks a package of package-lock.json or has another version of it.
 * @param {string} root the project's folder
 * @returns {boolean}
 */
export function packagesAreStale(root) {
  // npm writes this file last, and only when everything went well.
  const installedFile = path.join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return true
  return differ(lockedPackages(path.join(root, 'package-lock.json')), lockedPackages(installedFile))
}

/**
 * Optional packages are left out: most are for other platforms.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 * @returns {boolean}
 */
export function differ(wanted, installed) {
  const needed = Object.entries(wanted).filter(([folder, entry]) => folder !== '' && !entry.optional)
  return needed.some(([folder, { version }]) => installed[folder]?.version !== version)
}

/**
 * @param {string} file
 * @returns {LockedPackages}
 */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

/**
 * Installs exactly what package-lock.json says, the tools for building included.
 * @param {string} root
 * @returns {void}
 */
export function installPackages(root) {
  announce('Installing npm packages ...')
  npm(root, 'ci', '--include=dev')
}
