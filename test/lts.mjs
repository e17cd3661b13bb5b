// npm run test:lts: runs the unit tests on the current Node.js LTS, which it takes from npm when this is an older one.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ltsMajor = 24
const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

/** The path of a Node.js LTS executable: this one's, or one installed below node_modules. */
function ltsExecutable() {
  if (Number(process.versions.node.split('.')[0]) >= ltsMajor) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  const folder = path.join(root, 'node_modules/.cache/node-lts')
  const executable = path.join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(executable)) return executable
  mkdirSync(folder, { recursive: true })
  run('npm', 'install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${ltsMajor}`)
  return executable
}

run(process.execPath, 'src/setup/prepare.mjs')
const executable = ltsExecutable()
run(executable, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', 'test/unit')
