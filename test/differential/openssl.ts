import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { derToPem } from '../../src/encoding/pem.ts'
import type { PathRequest } from '../../src/x509/index.ts'

/** The outcome of openssl: null if it accepts, else its first error. */
export type OpensslVerdict = { readonly error: string | null }

/**
 * Verifies the same chain with `openssl verify`. Any certificate of the anchors may end a path
 * (-partial_chain), and security level 2 refuses the same weak keys.
 * @param folder for the files of this call only
 */
export async function opensslVerify(request: PathRequest, folder: string): Promise<OpensslVerdict> {
  const file = async (name: string, ders: readonly Uint8Array[]): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, ders.map(derToPem).join(''))
    return path
  }
  const anchors = await file('anchors.pem', request.trustAnchors)
  const others = await file('others.pem', request.intermediates)
  const leaf = await file('leaf.pem', [request.leaf])
  const presented = request.intermediates.length === 0 ? [] : ['-untrusted', others]
  return run([
    ...['verify', '-no-CAfile', '-no-CApath', '-no-CAstore', '-partial_chain'],
    ...['-purpose', 'sslclient', '-auth_level', '2', '-attime', String(request.time)],
    ...policyOptions(request.policies),
    ...['-CAfile', anchors, ...presented, leaf],
  ])
}

function policyOptions(policies: PathRequest['policies']): string[] {
  if (policies === undefined) return []
  // If an explicit policy is required, openssl needs a set of policies.
  const oids = policies.initialPolicySet ?? ['2.5.29.32.0']
  return [
    '-policy_check',
    ...oids.flatMap((oid) => ['-policy', oid]),
    ...(policies.requireExplicitPolicy ? ['-explicit_policy'] : []),
    ...(policies.inhibitPolicyMapping ? ['-inhibit_map'] : []),
    ...(policies.inhibitAnyPolicy ? ['-inhibit_any'] : []),
  ]
}

const run = (args: readonly string[]): Promise<OpensslVerdict> =>
  new Promise((resolve, reject) => {
    execFile('openssl', args, { timeout: 10_000 }, (fault, stdout, stderr) => {
      if (fault === null) return resolve({ error: null })
      if (typeof fault.code !== 'number') return reject(fault)
      const output = stdout + stderr
      const [, error] = /error \d+ at \d+ depth lookup: (.*)/.exec(output) ?? []
      resolve({ error: error ?? output.trim().split('\n')[0] ?? 'no output' })
    })
  })
