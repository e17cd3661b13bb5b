import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readSettings } from '../../src/settings/config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

interface Service {
  image?: string
  build?: { target: string }
  command?: string[]
  profiles?: string[]
  environment?: Record<string, string>
  ports?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: object
}

const compose: { services: Record<string, Service> } = parse(read('docker-compose.yml'), { merge: true })
const services = Object.entries(compose.services)
const dockerfile = read('Dockerfile')
const stages = dockerfile.split(/^(?=FROM )/m).slice(1)
const imageTag = /:(?!latest$)[\w.-]+$/

/** The Compose Specification's own schema, as the package dclint ships it. */
function composeSchema(): object {
  const packageFile = createRequire(import.meta.url).resolve('dclint/package.json')
  const schema = JSON.parse(readFileSync(path.join(path.dirname(packageFile), 'schemas/compose.schema.json'), 'utf8'))
  // ajv knows this meta-schema by its http address only.
  return { ...schema, $schema: 'http://json-schema.org/draft-07/schema#' }
}

/** A program of dist and the source that it is compiled from. */
function sourceOf(program: string): string {
  return program.replace(/^dist\//, '').replace(/\.js$/, '.ts')
}

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows', () => {
    const conforms = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema())
    expect(conforms(compose), JSON.stringify(conforms.errors)).toBe(true)
    expect(conforms({ services: { worthwhile: { imagee: 'x' } } })).toBe(false)
  })

  it('starts the service and Redis without a profile, everything else with one', () => {
    const started = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name)
    expect(started).toEqual(['worthwhile', 'redis'])
    expect(compose.services.demo?.profiles).toEqual(['demo'])
    for (const role of ['api', 'poller', 'worker']) expect(compose.services[role]?.profiles).toEqual(['split'])
  })

  it('gives every role the same healthy Redis, which keeps its data and evicts nothing', () => {
    for (const name of ['worthwhile', 'api', 'poller', 'worker']) {
      expect(compose.services[name]?.depends_on).toEqual({ redis: { condition: 'service_healthy' } })
      expect(compose.services[name]?.environment?.REDIS_URL).toBe('redis://redis:6379')
    }
    const { command = [], healthcheck } = compose.services.redis ?? {}
    expect(command.join(' ')).toContain('--appendonly yes')
    expect(command.join(' ')).toContain('--maxmemory-policy noeviction')
    expect(healthcheck).toBeDefined()
  })

  it('passes only settings that the service knows', () => {
    for (const [, { environment = {} }] of services) {
      const withDefaults = Object.entries(environment).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-(.*?)\}/g, '$1'),
      ])
      expect(() => readSettings(Object.fromEntries(withDefaults))).not.toThrow()
    }
  })

  it('publishes ports on this machine only', () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  it('names an exact tag for every image and a stage of the Dockerfile for every build', () => {
    for (const [, { image = '', build }] of services) {
      expect(image).toMatch(imageTag)
      if (build !== undefined) expect(dockerfile).toMatch(new RegExp(`^FROM .* AS ${build.target}$`, 'm'))
    }
  })

  it('runs programs that exist', () => {
    const programs = services.flatMap(([, { command = [] }]) => command.filter((word) => word.startsWith('dist/')))
    expect(programs).toHaveLength(3)
    for (const program of programs) expect(existsSync(path.join(root, sourceOf(program))), program).toBe(true)
  })
})

describe('Dockerfile', () => {
  it('has nothing that the linter objects to', () => {
    expect(validate(dockerfile)).toEqual([])
    expect(validate('FORM scratch')).not.toEqual([])
  })

  it('starts from an exact tag of a supported Node.js', () => {
    const [, image = ''] = /^ARG NODE_IMAGE=(.*)$/m.exec(dockerfile) ?? []
    expect(image).toMatch(imageTag)
    expect(image).toMatch(/^node:24-/)
  })

  it('builds the service when no stage is named', () => {
    expect(stages.at(-1)).toMatch(/^FROM runtime AS service$/m)
  })

  it('runs as an ordinary user, with a health check', () => {
    const finals = stages.filter((stage) => /^CMD/m.test(stage))
    expect(finals).toHaveLength(2)
    for (const stage of finals) expect(stage.slice(stage.lastIndexOf('USER'))).toMatch(/^USER node$/m)
    expect(stages.find((stage) => /AS runtime$/m.test(stage))).toMatch(/^HEALTHCHECK .*healthcheck\.mjs/m)
  })

  it('runs programs that exist', () => {
    const programs = [...dockerfile.matchAll(/dist\/[\w/.-]+\.m?js/g)].map(([program]) => program)
    expect(programs).toHaveLength(3)
    for (const program of programs) expect(existsSync(path.join(root, sourceOf(program))), program).toBe(true)
  })
})

describe('package.json', () => {
  it('has scripts that run programs that exist', () => {
    const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts
    const programs = Object.values(scripts).flatMap((line) => {
      const made = /--outfile=(\S+)/.exec(line)?.[1]
      return (line.match(/(dist|src|test)\/[\w/.-]+\.(m?js|sh)/g) ?? []).filter((program) => program !== made)
    })
    expect(programs.length).toBeGreaterThan(10)
    for (const program of programs) expect(existsSync(path.join(root, sourceOf(program))), program).toBe(true)
  })
})

describe('package-lock.json', () => {
  it('has an entry for every package of every platform, without which npm ci refuses to install', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const entries = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages)
    const missing = entries.flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${folder}/node_modules/${name}` in packages),
      ),
    )
    expect(missing).toEqual([])
  })
})
