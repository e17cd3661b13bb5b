import { execFileSync } from 'node:child_process'

/** Compiles once before the tests, since some of them run the service as processes of their own. */
export default function build(): void {
  execFileSync('node', ['node_modules/typescript/bin/tsc', '-p', 'config/tsconfig.build.json'], { stdio: 'inherit' })
}
