import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where `makeCertificates` put what a TLS server needs, and the authority that a client has to trust. */
export interface Certificates {
  /** The private authority's certificate as PEM text: what a client passes as `ca`. */
  ca: string
  caFile: string
  certFile: string
  keyFile: string
}

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * Makes a private certificate authority in `dir` and one server certificate signed by it, valid for 30 days. By default
 * it is for localhost and 127.0.0.1; give `hostname` for one that is for somebody else. Needs the `openssl` program.
 */
export async function makeCertificates(dir: string, hostname?: string): Promise<Certificates> {
  const file = (name: string) => path.join(dir, name)
  const names = hostname === undefined ? 'DNS:localhost,IP:127.0.0.1' : `DNS:${hostname}`
  await writeFile(file('names.conf'), `subjectAltName=${names}\n`)
  await makeAuthority(file('ca-key.pem'), file('ca.pem'))
  await openssl('req', '-new', ...ecKey, '-subj', '/CN=mail', '-keyout', file('key.pem'), '-out', file('request.pem'))
  const signedBy = ['-CA', file('ca.pem'), '-CAkey', file('ca-key.pem'), '-CAcreateserial', '-days', '30']
  const request = ['-in', file('request.pem'), '-extfile', file('names.conf'), '-out', file('cert.pem')]
  await openssl('x509', '-req', ...request, ...signedBy)
  const ca = await readFile(file('ca.pem'), 'utf8')
  return { ca, caFile: file('ca.pem'), certFile: file('cert.pem'), keyFile: file('key.pem') }
}

async function makeAuthority(keyFile: string, certFile: string): Promise<void> {
  const constraints = ['-addext', 'keyUsage=critical,keyCertSign']
  const subject = ['-subj', '/CN=Private authority', '-days', '30']
  await openssl('req', '-x509', ...ecKey, ...subject, ...constraints, '-keyout', keyFile, '-out', certFile)
}

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args)
}
