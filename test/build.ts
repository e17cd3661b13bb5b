import { execFileSync } from 'node:child_process'

/** Compiles once before the tests, since some of them run the service as processes of their own. */
export default function build(): void {
  execFileSync('node', ['src/setup/prepare.mjs', '--build'], { stdio: 'inherit' })
}
