import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askForToken, verified } from '../support/node/access-token.ts'
import { fetchWithCertificate } from '../support/node/fetch-with-certificate.ts'
import { type LocalEdge, startLocalEdge } from '../support/node/local-edge.ts'

/** Keys that the operator rotates and revokes while partners get tokens. */
describe('signing keys of a running deployment', () => {
  let edge: LocalEdge

  beforeAll(async () => {
    edge = await startLocalEdge({ variables: { CLIENT_MEMORY: '1' } })
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  const token = async (): Promise<string> => {
    const { body } = await askForToken(edge, edge.partners.selfSigned)
    return String(body.access_token)
  }
  const kidOf = (jwt: string): string => String(decodeProtectedHeader(jwt).kid)
  const published = async (): Promise<string[]> => {
    const fetch = fetchWithCertificate({ ca: edge.ca })
    const response = await fetch(`${edge.issuer}/jwks`)
    const { keys } = (await response.json()) as { keys: { kid: string }[] }
    await fetch.close()
    return keys.map(({ kid }) => kid)
  }
  const command = async (...args: string[]): Promise<string> => {
    const ended = await edge.certbound(...args)
    expect(ended, ended.err).toMatchObject({ code: 0 })
    return ended.out
  }
  const until = async <T>(attempt: () => Promise<T | null>): Promise<T> => {
    for (let i = 0; i < 100; i++) {
      const found = await attempt()
      if (found !== null) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('did not happen within ten seconds')
  }

  it('publishes a key in advance, switches to it, keeps the old one until its tokens expire', async () => {
    const before = await token()
    await command('key', 'rotate', '--activate-in', '15m', '--wait', '20s')
    await until(async () => ((await published()).length === 2 ? true : null))
    expect(kidOf(await token())).toBe(kidOf(before)) // The new key is not active yet.
    await command('key', 'rotate', '--activate-in', '0', '--wait', '20s')
    const after = await until(async () => {
      const next = await token()
      return kidOf(next) === kidOf(before) ? null : next
    })
    expect(await published()).toEqual(expect.arrayContaining([kidOf(before), kidOf(after)]))
    await verified(edge, before)
    await verified(edge, after)
  })

  it('removes a revoked key at once and signs with another one', async () => {
    const before = await token()
    await command('key', 'revoke', kidOf(before), '--yes')
    const after = await until(async () => {
      const next = await token()
      return kidOf(next) === kidOf(before) ? null : next
    })
    expect(await published()).not.toContain(kidOf(before))
    await verified(edge, after)
    await expect(verified(edge, before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    const listed = JSON.parse(await command('key', 'list', '--json'))
    expect(JSON.stringify(listed)).toContain('revoked')
  })
})
