import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/demo/free-port.ts'
import { ServiceClient, until } from './client.ts'

const TOKEN = 'a-token-for-tests-only'

/** What makes every message of a stranger noise: these tests ask where mail ends up, not how well it is judged. */
export const EVERY_STRANGER_IS_NOISE = 'classifier: { thresholds: { noiseBelow: 1, valuableFrom: 1 } }\n'

export type RoleName = 'service' | 'api' | 'poller' | 'classifier'

/** The service as an administrator runs it: compiled, one operating-system process a role, all over one Redis. */
export class ServiceProcesses {
  readonly dir = mkdtempSync(join(tmpdir(), 'worthwhile-service-'))
  readonly #environment: Record<string, string>
  readonly #children = new Set<ChildProcess>()
  readonly #output: string[] = []
  readonly #port: number

  private constructor(port: number, redisUrl: string | null, config: string) {
    const configFile = join(this.dir, 'worthwhile.yaml')
    writeFileSync(configFile, config)
    this.#port = port
    this.#environment = {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      WORTHWHILE_ADMIN_TOKEN: TOKEN,
      WORTHWHILE_SECRET_KEY: 'a-secret-key-for-tests-only',
      WORTHWHILE_DATA_DIR: join(this.dir, 'data'),
      WORTHWHILE_CONFIG: configFile,
      LOG_LEVEL: 'info',
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    }
  }

  static async prepare(redisUrl: string | null, config = EVERY_STRANGER_IS_NOISE): Promise<ServiceProcesses> {
    return new ServiceProcesses(await freePort(), redisUrl, config)
  }

  get client(): ServiceClient {
    return new ServiceClient(`http://127.0.0.1:${this.#port}`, TOKEN)
  }

  start(role: RoleName, over: Record<string, string> = {}): ChildProcess {
    const child = spawn('node', ['--enable-source-maps', `dist/workers/${role}.js`], {
      env: { ...this.#environment, ...over },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => this.#output.push(text.toString()))
    return child
  }

  /** Everything the processes wrote. */
  get output(): string {
    return this.#output.join('')
  }

  async ready(): Promise<void> {
    await until(
      () => `the service is ready; it wrote:\n${this.output.slice(-3000)}`,
      async () => {
        const { status } = await this.client.request('GET', '/readyz')
        return status === 200 ? true : undefined
      },
    )
  }

  /** Asks every process to stop; resolves with their exit codes. */
  async stopAll(): Promise<(number | null)[]> {
    return Promise.all([...this.#children].map((child) => end(child, 'SIGTERM')))
  }

  /** Stops everything and removes the files. */
  async cleanup(): Promise<void> {
    await this.stopAll()
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Sends a signal and resolves with the exit code when the process is gone; SIGKILL after 20 s. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await gone
  clearTimeout(timer)
  return child.exitCode
}
